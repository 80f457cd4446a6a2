import type { Cluster } from './cluster.js'
import type { Datasets } from './datasets.js'
import type { Engine, KafkaEngine } from './engine.js'
import type { Machine } from './machine.js'
import type { BenchOptions } from './options.js'
import type { Result } from './result.js'

/** What the suites of a run share. */
export interface Bench {
  readonly machine: Machine
  readonly options: BenchOptions
  /** The engines that were asked for, as far as they can be run here. */
  readonly engines: readonly Engine[]
  /** One broker for the whole run, started when it is first asked for. */
  cluster(): Promise<Cluster>
  datasets(): Promise<Datasets>
  /** Progress, on standard error. */
  say(line: string): void
}

/** What `npm run bench -- NAME` measures. */
export interface Suite {
  readonly name: string
  readonly title: string
  run(bench: Bench): Promise<Result>
}

/** The engine that the others are held against. */
export const peerName = 'kafka-streams'

/** The two that are compared everywhere; the others only where they are asked for, or in `count`. */
const always: readonly string[] = ['sluice', peerName]

/** The engines of a throughput suite: all in `count`, so that a run of everything does not take a day. */
export function contenders({ engines, options }: Bench, name: string): readonly Engine[] {
  if (options.engines !== undefined || name === 'count') return engines
  return engines.filter(engine => always.includes(engine.name))
}

/** Those of a suite whose programs are started and stopped by the harness. */
export function rivals({ engines, options }: Bench): KafkaEngine[] {
  const wanted = options.engines === undefined ? always : [...always, 'sluice-2']
  return engines.filter(engine => engine.onKafka).filter(({ name }) => wanted.includes(name))
}

/** First to last and then last to first, round after round, so that what drifts meets all alike. */
export function* turns<T>(rounds: number, all: readonly T[]): Generator<readonly [round: number, T]> {
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) yield [round, one]
  }
}

export function today(): string {
  return new Date().toISOString().slice(0, 10)
}

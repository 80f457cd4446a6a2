import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare } from './check.js'
import { produceWithJava } from './input.js'
import { rate } from './samples.js'
import type { Cluster } from './cluster.js'
import type { Engine, Measured, Run } from './engine.js'
import type { BenchOptions } from './options.js'
import type { Workload } from './workload.js'

export interface Measurement {
  readonly engine: Engine
  readonly records: number
  readonly warmUp: number
  readonly rounds: Measured[]
}

type Say = (line: string) => void

/**
 * Runs every engine in every round, first to last and then last to first, so that what drifts meets all alike. A round's
 * time counts only when its output is right.
 */
export async function measure(
  workload: Workload,
  engines: readonly Engine[],
  cluster: Cluster,
  options: BenchOptions,
  say: Say,
): Promise<Measurement[]> {
  const inputs = new Inputs(workload, cluster, say)
  const measurements = engines.map(engine => ({
    engine,
    records: Math.round((options.records + options.warmUp) * engine.share),
    warmUp: Math.round(options.warmUp * engine.share),
    rounds: [] as Measured[],
  }))
  for (const { engine, records } of measurements) {
    if (engine.onKafka) await inputs.topic(records)
    await engine.prepare?.(workload, records)
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const measurement of round % 2 === 0 ? measurements : measurements.toReversed()) {
      const { engine, records, warmUp, rounds } = measurement
      const application = `${cluster.prefix}-${workload.name}-${engine.name}-${round}`
      const output = `${application}-output`
      const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
      try {
        const input = engine.onKafka ? await inputs.topic(records) : ''
        if (engine.onKafka) await cluster.createTopic(output, workload.partitions)
        const { limitMs } = options
        const result = await engine.run({
          workload,
          records,
          warmUp,
          application,
          directory,
          limitMs,
          cluster,
          input,
          output,
        })
        const written = await result.output()
        compare(engine.name, written, inputs.expected(records))
        const measured = figures(result, written.records, records, warmUp)
        rounds.push(measured)
        say(
          `  ${engine.name}, round ${round + 1}: ${Math.round(measured.rate).toLocaleString('en')} records/s, output right`,
        )
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    }
  }
  return measurements
}

function figures(run: Run, outputRecords: number, records: number, warmUp: number): Measured {
  const firstCommit = run.samples.find(({ committed }) => committed > 0)
  return {
    rate: rate(run.samples, warmUp),
    wholeRate: rate(run.samples, 1),
    startSeconds: ((firstCommit?.at ?? NaN) - run.startedAt) / 1000,
    cpuSecondsPerMillion: (run.cpuSeconds / (records - warmUp)) * 1e6,
    peakBytes: run.peakBytes,
    outputRecords,
  }
}

/** Input topics and expected outputs by number of records, each made once. */
class Inputs {
  readonly #workload: Workload
  readonly #cluster: Cluster
  readonly #say: Say
  readonly #topics = new Map<number, string>()
  readonly #expected = new Map<number, ReadonlyMap<string, string>>()

  constructor(workload: Workload, cluster: Cluster, say: Say) {
    this.#workload = workload
    this.#cluster = cluster
    this.#say = say
  }

  async topic(records: number): Promise<string> {
    const known = this.#topics.get(records)
    if (known !== undefined) return known
    const name = `${this.#cluster.prefix}-${this.#workload.name}-input-${records}`
    this.#say(`  writing ${records.toLocaleString('en')} records to ${name}`)
    await this.#cluster.createTopic(name, this.#workload.partitions)
    await produceWithJava(this.#cluster.brokers, name, this.#workload.records(records))
    this.#topics.set(records, name)
    return name
  }

  expected(records: number): ReadonlyMap<string, string> {
    let expected = this.#expected.get(records)
    if (expected === undefined) this.#expected.set(records, (expected = this.#workload.expected(records)))
    return expected
  }
}

import { rm } from 'node:fs/promises'
import { outputOf } from '../harness/cluster.js'
import { GrowingInput } from '../harness/growing-input.js'
import { live, type Life } from '../harness/life.js'
import { freshApplication } from '../harness/measure.js'
import { scratch } from '../harness/at-end.js'
import { rivals, type Bench } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import type { KafkaEngine, Place } from '../harness/engine.js'

/** The count of completed jobs of an engine, which is started again and again over an input that grows. */
export interface Application {
  readonly engine: KafkaEngine
  /** Starts it, waits until all is committed, closes it. */
  start(): Promise<Life>
  /** Lets its state be lost. */
  loseState(): Promise<void>
  /** Throws unless what it wrote is right. */
  check(): Promise<void>
  remove(): Promise<void>
}

export async function applications(bench: Bench, input: GrowingInput): Promise<Application[]> {
  return Promise.all(rivals(bench).map(engine => application(bench, engine, input)))
}

export async function application(bench: Bench, engine: KafkaEngine, input: GrowingInput): Promise<Application> {
  const workload = countPerKey('count', 100_000)
  const cluster = await bench.cluster()
  const name = await freshApplication(bench, workload, engine, 0)
  const directory = await scratch()
  const output = outputOf(name)
  await cluster.createTopic(output, workload.partitions)
  const place: Place = { workload, cluster, application: name, directory, inputs: [input.topic], output }
  return {
    engine,
    start: () => live(engine, place, input.records, bench.options.limitMs),
    loseState: () => rm(directory, { recursive: true, force: true }),
    check: () => input.check(engine.name, output),
    async remove() {
      await rm(directory, { recursive: true, force: true })
      await cluster.forget(name).catch(() => {})
    },
  }
}

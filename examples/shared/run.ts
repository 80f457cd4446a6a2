import { setTimeout as pause } from 'node:timers/promises'
import { embedded, kafka, SluiceError, type Log, type Pipeline, type Running, type StartOptions } from 'sluice'
import { readOptions, type ExampleOptions } from './options.js'
import { writeOnce, type Input } from './write-once.js'

/** An example as a program: topics, an input that is made up, and what to print at the end. */
export interface Example {
  /** Its folder. */
  readonly name: string
  readonly pipeline: Pipeline
  /** Topics and their numbers of partitions; the pipeline's internal ones come by themselves. */
  readonly topics: Readonly<Record<string, number>>
  readonly input: Input
  /** How many records of the input are written where `--events` does not say. */
  readonly events: number
  /** Options beside those that the command line gives. */
  readonly start?: Partial<StartOptions>
  /** Whether all has come out, where timers may follow what `drained` waits for. */
  finished?(result: Result): Promise<boolean>
  /** Prints what came of it, once all is done; the answer is the exit code. */
  show(result: Result): Promise<number>
}

export interface Result {
  readonly app: Running
  readonly log: Log
  readonly options: ExampleOptions
}

/**
 * Runs an example until everything is done: makes its topics, writes what is missing of its input, starts its pipeline,
 * waits for it, and prints the result. Killed at any moment and run again, it goes on where it was.
 */
export async function runExample(example: Example): Promise<void> {
  const options = readOptions(example.name, example.events, process.argv.slice(2))
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const { brokers, dir } = options
  // A process that was killed for good is given up sooner than by default, so that one can watch another take over.
  const timeouts = { sessionTimeout: '10s', transactionTimeout: '10s' } as const
  const config = brokers === undefined ? embedded(dir) : kafka({ brokers: [...brokers], ...timeouts })
  try {
    const log = await config.open()
    try {
      process.exitCode = await run(example, log, options, stop.signal)
    } finally {
      await log.close()
    }
  } catch (error) {
    if (stop.signal.aborted) return console.log('stopped and committed; run the same again, and it goes on from here')
    console.error(error instanceof SluiceError ? error.message : error)
    process.exitCode = 1
  }
}

async function run(example: Example, log: Log, options: ExampleOptions, signal: AbortSignal): Promise<number> {
  await createTopics(log, example.topics)
  await writeOnce(log, example.input, options.events)
  const { commitInterval, stateDir, zone } = options
  const zoned = zone === undefined ? {} : { zone }
  const app = await example.pipeline.start({ log, commitInterval, stateDir, signal, ...zoned, ...example.start })
  try {
    const result = { app, log, options }
    await app.drained()
    while (example.finished !== undefined && !(await example.finished(result))) {
      signal.throwIfAborted()
      await pause(50)
      await app.drained()
    }
    return await example.show(result)
  } finally {
    await app.close()
  }
}

async function createTopics(log: Log, topics: Example['topics']): Promise<void> {
  const known = new Set(await log.topics.list())
  const missing = Object.entries(topics).filter(([name]) => !known.has(name))
  await log.topics.create(missing.map(([name, partitions]) => ({ name, partitions })))
}

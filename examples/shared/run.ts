import { setTimeout as pause } from 'node:timers/promises'
import { embedded, kafka, SluiceError, type Log, type Pipeline, type Running, type StartOptions } from 'sluice'
import { logArgument, placeArguments, printNextSteps } from './next-steps.js'
import { readOptions, type ExampleOptions } from './options.js'
import { showWork } from './progress.js'
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
  /** What to look at next: the topic or the store that holds what came of it, and the topic of its dead letters. */
  readonly output?: string
  readonly store?: string
  readonly deadLetters: string
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
 * waits for it, and prints the result and what to type next. Killed at any moment and run again, it goes on where it was.
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
    const stopShowing = showWork(app, 'working')
    try {
      await app.drained()
      while (example.finished !== undefined && !(await example.finished(result))) {
        signal.throwIfAborted()
        await pause(250)
        await app.drained()
      }
    } finally {
      stopShowing()
    }
    const code = await example.show(result)
    tellWhatIsNext(example, options)
    return code
  } finally {
    await app.close()
  }
}

function tellWhatIsNext({ name, output, store, deadLetters }: Example, options: ExampleOptions): void {
  const log = logArgument(options)
  const main = `node --import tsx examples/${name}/main.ts`
  const steps: (readonly [what: string, command: string])[] = [
    ['twice the input', `${main} --events ${2 * options.events} ${placeArguments(options)}`],
  ]
  if (output !== undefined)
    steps.push(['what came out', `npx sluice consume ${output} --from-beginning --max 5 ${log}`])
  steps.push(['what failed, and why', `npx sluice dlq list ${deadLetters} ${log}`])
  if (store !== undefined) {
    steps.push([
      'let others look in',
      `npx sluice run examples/${name}/pipeline.ts --http 8080 ${placeArguments(options)}`,
    ])
    steps.push(['meanwhile, elsewhere', `npx sluice query ${store} --max 5`])
  }
  steps.push(['the pipeline drawn', `npx sluice describe examples/${name}/pipeline.ts --mermaid`])
  if (options.brokers === undefined) steps.push(['the same on Kafka', `${main} --brokers host:9092`])
  printNextSteps(options, steps)
}

async function createTopics(log: Log, topics: Example['topics']): Promise<void> {
  const known = new Set(await log.topics.list())
  const missing = Object.entries(topics).filter(([name]) => !known.has(name))
  await log.topics.create(missing.map(([name, partitions]) => ({ name, partitions })))
}

import Table from 'cli-table3'
import { embedded, kafka, SluiceError, type Log } from 'sluice'
import { logArgument, printNextSteps } from '../shared/next-steps.js'
import { showProgress, showWork } from '../shared/progress.js'
import { checkFinished, checkStore, plainLoop } from './check.js'
import { writeInput } from './input.js'
import { readOptions } from './options.js'
import tracker, { completed, finished, imports, jobs } from './pipeline.js'

const options = readOptions(process.argv.slice(2))
const number = new Intl.NumberFormat('en-US')
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

try {
  const { brokers, dir } = options
  // A process that was killed for good is given up sooner than by default, so that one can watch another take over.
  const timeouts = { sessionTimeout: '10s', transactionTimeout: '10s' } as const
  const config = brokers === undefined ? embedded(dir) : kafka({ brokers: [...brokers], ...timeouts })
  const log = await config.open()
  try {
    process.exitCode = await run(log)
  } finally {
    await log.close()
  }
} catch (error) {
  if (stop.signal.aborted) {
    console.log('\nstopped and committed; run the same again, and it goes on from here')
  } else {
    console.error(error instanceof SluiceError ? error.message : error)
    process.exitCode = 1
  }
}

async function run(log: Log): Promise<number> {
  const totals = await plainLoop(options.dataset)
  const flights = [...totals.values()].reduce((sum, total) => sum + total, 0)
  const events = 2 * flights + totals.size
  console.log(`${number.format(flights)} flights are the jobs of ${number.format(totals.size)} imports`)

  await createTopics(log)
  const writing = showProgress('writing ', 0, events)
  try {
    await writeInput(log, options.dataset, events, written => {
      stop.signal.throwIfAborted()
      writing.update(written, events)
    })
    writing.update(events, events)
  } finally {
    writing.stop()
  }

  const { commitInterval, stateDir } = options
  const app = await tracker.start({ log, commitInterval, stateDir, signal: stop.signal })
  try {
    const stopShowing = showWork(app, 'counting')
    try {
      await app.drained()
    } finally {
      stopShowing()
    }

    await printBusiest()
    const { wrong, elsewhere } = await checkStore(app, totals)
    wrong.unshift(...(await checkFinished(log, totals)))
    return conclude(wrong, elsewhere)
  } finally {
    await app.close()
  }

  async function printBusiest(): Promise<void> {
    const counts: [string, number][] = []
    for await (const entry of app.query(completed).all()) counts.push(entry)
    const table = new Table({
      head: ['origin', 'day', 'jobs completed'],
      colAligns: ['left', 'left', 'right'],
      style: { compact: true, head: [], border: [] },
    })
    for (const [id, count] of counts.toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, 10)) {
      table.push([id.slice(0, 3), id.slice(4), number.format(count)])
    }
    console.log(table.toString())
  }

  function conclude(wrong: readonly string[], elsewhere: number): number {
    if (wrong.length > 0) {
      console.error(`✘ the pipeline and the plain loop differ in ${number.format(wrong.length)} places:`)
      for (const line of wrong.slice(0, 10)) console.error(`  ${line}`)
      return 1
    }
    const here = elsewhere === 0 ? '' : ` (${number.format(elsewhere)} of its keys lie with another process)`
    console.log(
      `✔ ${finished.name} holds each of ${number.format(totals.size)} imports exactly once, with the right count`,
    )
    console.log(`✔ the store ${completed.name} equals a plain loop over the file${here}`)
    tellWhatIsNext()
    return 0
  }
}

async function createTopics(log: Log): Promise<void> {
  for (const { name } of [jobs, imports, finished]) {
    try {
      await log.topics.create([{ name, partitions: 4 }])
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'TOPIC_EXISTS') throw error
    }
  }
}

function tellWhatIsNext(): void {
  printNextSteps(options, [
    ['what came out', `npx sluice consume ${finished.name} --from-beginning --max 5 ${logArgument(options)}`],
    ['the pipeline drawn', 'npx sluice describe examples/1-count-completed-jobs/pipeline.ts --mermaid'],
    ['all 3,000,000 flights', 'npm start -- --flights 3m'],
    ['the same on Kafka', 'npm start -- --brokers host:9092'],
  ])
}

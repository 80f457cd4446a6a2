import { embedded, kafka, type Log } from 'sluice'
import { checkFinished, checkStore, plainLoop } from '../../examples/1-count-completed-jobs/check.js'
import { writeInput } from '../../examples/1-count-completed-jobs/input.js'
import tracker, { finished, imports, jobs } from '../../examples/1-count-completed-jobs/pipeline.js'
import { dieAtCommit, die } from './die.js'
import type { JobConfig, JobLine } from './moments.js'

/**
 * The main job, as `examples/1-count-completed-jobs/main.ts` runs it, but with many small commits, with a line of JSON for
 * whatever happens, and with a moment at which it kills itself by SIGKILL.
 */
const config = JSON.parse(process.argv[2]!) as JobConfig
const { kill } = config
const say = (line: JobLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const described =
  'dir' in config.log
    ? embedded(config.log.dir)
    : kafka({
        brokers: config.log.brokers,
        sessionTimeout: config.sessionTimeout,
        heartbeatInterval: Math.floor(config.sessionTimeout / 4),
        transactionTimeout: config.transactionTimeout,
      })
const opened = await described.open()
const log: Log = dieAtCommit(opened, kill, (which, number) => say({ at: which, number }))
const events = 46_901
const totals = await plainLoop('20k')

await createTopics(log)
await writeInput(log, '20k', events, () => {})
say({ at: 'written' })
let restored = 0
const app = await tracker.start({
  log,
  commitInterval: 5,
  stateDir: config.stateDir,
  maxUncommittedBytes: config.maxUncommittedBytes,
  maxPartitionBytes: 16 << 10,
  onRestore: () => {
    if (kill?.at === 'restore' && ++restored === kill.number) die()
  },
})
say({ at: 'ready' })
let tasks = ''
let recovered = 0
const watching = app.state$.subscribe(({ tasks: held, counters }) => {
  const now = held.join(' ')
  if (now !== tasks) say({ at: 'tasks', number: held.length })
  tasks = now
  const all = Object.entries(counters).filter(([name]) => name.startsWith('recovered'))
  const count = all.reduce((sum, [, n]) => sum + n, 0)
  if (count > recovered) say({ at: 'recovered', number: count })
  recovered = count
})
await app.drained()
if (kill !== undefined && kill.at !== 'sleep') {
  // Everything was done before the moment came.
  if (kill.at !== 'time') die()
  await new Promise(resolve => setTimeout(resolve, 60_000))
}
const { wrong } = await whereTasksRest(() => checkStore(app, totals))
wrong.push(...(await checkFinished(log, totals)))
watching.unsubscribe()
await app.close()
await log.close()
say({ at: 'done', wrong })

async function createTopics(to: Log): Promise<void> {
  for (const { name } of [jobs, imports, finished]) {
    if ((await to.topics.list()).includes(name)) continue
    await to.topics.create([{ name, partitions: 4 }]).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'TOPIC_EXISTS') throw error
    })
  }
}

/** A query breaks off where its task moves, as when the other instance comes back, and is to be asked again. */
async function whereTasksRest<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if ((error as { code?: string }).code !== 'NOT_RUNNING' || attempt === 200) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

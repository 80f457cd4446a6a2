import { embedded, kafka, type Log } from 'sluice'
import { dieAtCommit } from '../faults/die.js'
import type { Moment } from '../faults/moments.js'
import { timers } from './pipeline.js'
import { deliveredBy } from './verdict.js'

export interface JobConfig {
  readonly application: string
  readonly log: { readonly dir: string } | { readonly brokers: string[] }
  readonly stateDir: string
  /** Reminders that were written. */
  readonly count: number
  /** Its commits have numbers once so many reminders of this run have gone on. */
  readonly kill?: (Moment & { readonly at: 'commit' | 'write'; readonly behind: number }) | undefined
}

/** Runs until every reminder was delivered, or until it kills itself by SIGKILL. */
const config = JSON.parse(process.argv[2]!) as JobConfig
const described =
  'dir' in config.log
    ? embedded(config.log.dir)
    : kafka({ brokers: config.log.brokers, sessionTimeout: 6_000, heartbeatInterval: 1_500 })
const { kill } = config
let gone = 0
const log: Log = dieAtCommit(
  await described.open(),
  kill,
  () => {},
  () => gone >= (kill?.behind ?? 0),
)
const app = await timers(config.application, () => gone++).start({
  log,
  stateDir: config.stateDir,
  maxUncommittedBytes: 20_000,
})
await app.drained()
const total = async () =>
  [...(await deliveredBy(log, config.application)).values()].reduce((sum, { length }) => sum + length, 0)
while (app.status.error === undefined && (await total()) < config.count) {
  await new Promise(resolve => setTimeout(resolve, 50))
}
await app.close()
await log.close()
process.stdout.write('done\n')

import { embedded, kafka } from 'sluice'
import { dieAtCommit } from '../die.js'
import type { Moment } from '../moments.js'
import { letters } from './pipeline.js'

export interface LettersConfig {
  readonly application: string
  readonly log: { readonly dir: string } | { readonly brokers: string[] }
  readonly stateDir: string
  readonly kill?: Moment | undefined
}

/** Runs until everything is worked on, or until it kills itself by SIGKILL. */
const config = JSON.parse(process.argv[2]!) as LettersConfig
const described =
  'dir' in config.log
    ? embedded(config.log.dir)
    : kafka({ brokers: config.log.brokers, sessionTimeout: 6_000, heartbeatInterval: 1_500 })
const log = dieAtCommit(await described.open(), config.kill, () => {})
const app = await letters(config.application).start({
  log,
  stateDir: config.stateDir,
  commitInterval: 5,
  maxUncommittedBytes: 4_000,
  maxPartitionBytes: 8 << 10,
})
await app.drained()
await app.close()
await log.close()
process.stdout.write('done\n')

import { appendFileSync } from 'node:fs'
import { bytes, embedded, kafka, readRecords, string, topic, type Log } from 'sluice'
import { die, dieAtCommit } from '../../faults/die.js'
import type { Killing } from '../../examples/kill-run.js'
import { topicsOf, waiting } from './pipeline.js'

export interface JobConfig {
  readonly application: string
  readonly log: { readonly dir: string } | { readonly brokers: string[] }
  readonly stateDir: string
  /** Where the effects leave their traces: a line each with number and idempotency key. */
  readonly outside: string
  /** Records that were written to each of the two inputs. */
  readonly count: number
  readonly kill?: Killing | undefined
}

/** Runs until everything came through, or until it kills itself by SIGKILL. */
const config = JSON.parse(process.argv[2]!) as JobConfig
const { application, count, kill } = config
const described =
  'dir' in config.log
    ? embedded(config.log.dir)
    : kafka({ brokers: config.log.brokers, sessionTimeout: 6_000, heartbeatInterval: 1_500 })
const log: Log = dieAtCommit(await described.open(), kill?.at === 'call' ? undefined : kill, () => {})

let calls = 0
const failures = new Map<string, number>()
/** Fails the first few times, of this process. */
function fail(what: string, n: number): void {
  const failed = failures.get(`${what} ${n}`) ?? 0
  failures.set(`${what} ${n}`, failed + 1)
  if (failed < n % 3 && n % 4 === 0) throw new Error(`${what} ${n} not yet`)
}
async function around(n: number, act: () => void): Promise<void> {
  const phase = kill?.at === 'call' && kill.number === ++calls ? kill.phase : undefined
  if (phase === 'before') die()
  act()
  if (phase === 'during') die()
  await new Promise(resolve => setTimeout(resolve, n % 11))
  if (phase === 'after') setImmediate(die)
}

const app = await waiting(application, {
  call: n =>
    around(n, () => {
      fail('call', n)
    }),
  send: (n, idempotencyKey) =>
    around(n, () => {
      appendFileSync(config.outside, `${n} ${idempotencyKey}\n`)
      fail('send', n)
    }),
  work: n => fail('work', n),
}).start({ log, stateDir: config.stateDir, commitInterval: 5, maxUncommittedBytes: 8_000 })

// Delays and what waits for them are not waited for by drained().
await app.drained()
const { delayed, gathered } = topicsOf(application)
while (app.status.error === undefined && ((await total(delayed)) < count || (await total(gathered)) < count)) {
  await new Promise(resolve => setTimeout(resolve, 50))
}
await app.close()
await log.close()
process.stdout.write('done\n')

async function total({ name }: { readonly name: string }): Promise<number> {
  let found = 0
  for await (const _ of readRecords(log, topic(name, { key: string, value: bytes }))) found++
  return found
}

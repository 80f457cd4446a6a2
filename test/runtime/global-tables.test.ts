import { afterEach, beforeEach, expect, test } from 'vitest'
import { json, memory, pipeline, string, topic, type Log } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import { Counters } from '../../src/runtime/counters.js'
import { GlobalTables } from '../../src/runtime/global-tables.js'
import type { Settings } from '../../src/runtime/options.js'
import type { StateHome } from '../../src/runtime/state-home.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { through } from '../faults/die.js'

const minute = 60_000
const rates = topic('rates', { key: string, value: json<number>() })

let log: Log
let clock: ManualClock
let tables: GlobalTables
let isAway: boolean
let ready: () => void
let asked: number
/** What a reading that fails takes, in milliseconds. */
let slowly: number
let failures: unknown[]

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
async function until(is: () => boolean): Promise<void> {
  while (!is()) await turn()
}

beforeEach(async () => {
  log = await memory().open()
  await log.topics.create([{ name: 'rates', partitions: 1 }])
  clock = new ManualClock(0)
  isAway = false
  asked = 0
  slowly = 0
  failures = []
  const away = (): SluiceError => new SluiceError('BROKER', 'the brokers are away')
  const topics = through<Log['topics']>(log.topics, {
    async describe(...what) {
      asked++
      if (isAway) throw away()
      return log.topics.describe(...what)
    },
  })
  const failing = through<Log>(log, {
    topics,
    reader(options) {
      const reader = log.reader(options)
      ready = options.onReady
      return through(reader, {
        poll() {
          if (!isAway) return reader.poll()
          clock.moveTo(clock.now() + slowly)
          throw away()
        },
      })
    },
  })
  const p = pipeline('shop')
  const table = p.globalTable(rates, { as: 'rates', in: 'memory' })
  const joined = p.stream(rates).join(table, (rate, known) => rate / known, { on: (_, currency) => currency })
  joined.forEach(() => {})
  tables = new GlobalTables({
    log: failing,
    home: {} as StateHome,
    settings: { clock, cacheBytes: 1 << 20, outageTimeout: 5 * minute } as Partial<Settings> as Settings,
    counters: new Counters(),
    spec: p.lower(),
    onFailed: error => failures.push(error),
    onWritten: () => {},
  })
  await tables.open()
})

afterEach(() => log.close())

/** The brokers are away when it is looked for new partitions; up to where another attempt is waited for. */
async function outage(): Promise<void> {
  isAway = true
  tables.lookAgain()
  await until(() => clock.next !== undefined || failures.length > 0)
}

test('brokers that were away once, and are again after a quiet day, are waited for', async () => {
  await outage()
  isAway = false
  const before = asked
  clock.moveTo(clock.next!)
  await until(() => asked > before)
  await turn()
  clock.moveTo(24 * 60 * minute)
  await outage()
  expect(failures).toEqual([])
  await tables.close()
})

test.each([0, 2 * minute])('brokers that stay away stop it, where a reading takes %i ms to fail', async ms => {
  slowly = ms
  isAway = true
  ready()
  while (failures.length === 0) {
    if (clock.next !== undefined) clock.moveTo(clock.next)
    await turn()
  }
  expect(failures).toMatchObject([{ code: 'BROKER' }])
  expect(clock.now()).toBeGreaterThanOrEqual(5 * minute)
  expect(clock.now()).toBeLessThan(9 * minute)
  await tables.close()
})

test('a close does not wait until it is tried again', async () => {
  await outage()
  await tables.close()
  expect(failures).toEqual([])
  expect(clock.now()).toBe(0)
})

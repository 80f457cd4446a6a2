import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { json, long, pipeline, recordWriter, string, topic } from '../../../dsl/index.js'
import { SluiceError } from '../../../src/errors.js'
import type { Log } from '../../../src/log/log.js'
import { memoryLog } from '../../../src/log/memory/memory-log.js'
import { positionsStore } from '../../../src/runtime/changelog.js'
import { Counters } from '../../../src/runtime/counters.js'
import { makePlan } from '../../../src/runtime/plan.js'
import { settings } from '../../../src/runtime/settings.js'
import { Standby } from '../../../src/runtime/standbys/standby.js'
import { StandbyFeed } from '../../../src/runtime/standbys/standby-feed.js'
import { stateHome } from '../../../src/runtime/state-home.js'
import { TaskState } from '../../../src/runtime/task-state.js'
import { threadHome } from '../../../src/runtime/threads/thread-home.js'
import type { StateDb } from '../../../src/store/state-db.js'
import { ManualClock } from '../../../src/testing/manual-clock.js'
import { cut } from '../../../src/topology/cut.js'
import { through } from '../../faults/die.js'
import { writeRecords } from '../../write-records.js'

const directory = mkdtempSync(join(tmpdir(), 'sluice-standby-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const rows = topic('rows', { key: string, value: long })
const words = topic('words', { key: string, value: json<string>() })

/** A table whose source topic is its changelog. */
function table() {
  const p = pipeline('rows-app')
  p.table(rows, { as: 'rows', changelog: 'topic' })
  return p
}

/** A count, with a changelog of its own. */
function count() {
  const p = pipeline('count-app')
  p.stream(words).groupByKey().count({ as: 'counts' })
  return p
}

async function write(log: Log, name: string, from: number, to: number): Promise<void> {
  await writeRecords(log, [name], writer => {
    for (let n = from; n < to; n++) writer.write({ name, key: string, value: long }, { key: `k${n}`, value: n })
  })
}

async function commit(log: Log, group: string, offset: number): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  await producer.commit({ group, positions: [{ topic: 'rows', partition: 0, offset, metadata: '' }] })
  await producer.close()
}

/** A standby of the only task of a pipeline, over state in memory, and what can be seen of it. */
async function standbyOf(app: ReturnType<typeof table>, log: Log, clock: ManualClock) {
  const spec = app.lower()
  const plan = await makePlan(log, cut(spec), true, 0)
  const home = await stateHome(log, spec.application, 'unused')
  const opened: StateDb[] = []
  const open: typeof home.open = async (...of) => {
    const db = await home.open(...of)
    opened.push(db)
    return db
  }
  const counters = new Counters()
  const feed = new StandbyFeed({ log, clock, group: spec.application })
  const failures: unknown[] = []
  const standby = new Standby({
    log,
    home: { ...home, open },
    settings: settings({ log, clock, standbys: 1 }),
    counters,
    plan,
    planned: plan.tasks[0]!,
    feed,
    onChange: () => {},
    onFailed: error => failures.push(error),
  })
  const store = plan.tasks[0]!.sub.stores[0]!.name
  return {
    plan,
    standby,
    counters,
    failures,
    opened,
    /** The next change that it has to take, and the keys it has: by one look, which nothing comes in between of. */
    look: async (): Promise<{ next: number; keys: string[] }> => {
      const db = opened.at(-1)!
      const entries = db.store(store).entries()
      const position = db.store(positionsStore).get(Buffer.from(store))
      const keys: string[] = []
      for await (const [key] of entries) keys.push(String(key))
      return { next: position === undefined ? 0 : (JSON.parse(String(position)) as { offset: number }).offset, keys }
    },
    end: async () => {
      const state = await standby.end()
      await feed.close()
      return state
    },
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(next => setImmediate(next))
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(next => setImmediate(next))
}

const keysTo = (to: number): string[] => Array.from({ length: to }, (_, n) => `k${n}`).toSorted()

test('a table whose source topic is its changelog is never ahead of the committed position', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await log.topics.create([{ name: 'rows', partitions: 1 }])
  await write(log, 'rows', 0, 100)
  await commit(log, 'rows-app', 40)
  const { plan, standby, look, end } = await standbyOf(table(), log, clock)
  expect(plan.tasks[0]!.sub.changelogs).toEqual([{ store: 'rows', topic: 'rows', isSource: true }])
  await until(() => standby.isCurrent)
  await turns(20)
  expect(await look()).toEqual({ next: 40, keys: keysTo(40) })
  expect(standby.status).toEqual({ task: 'rows-0', lag: 0 })

  for (const committed of [70, 100, 180, 181]) {
    if (committed > 100) await write(log, 'rows', committed === 180 ? 100 : 200, committed === 180 ? 200 : 201)
    const before = await look()
    await commit(log, 'rows-app', committed)
    await turns(20)
    // It has not asked yet.
    expect(await look()).toEqual(before)
    clock.moveTo(clock.now() + 1_000)
    await until(async () => {
      const { next, keys } = await look()
      expect(next).toBeLessThanOrEqual(committed)
      expect(keys).toEqual(keysTo(next))
      return next === committed
    })
    await turns(20)
    expect(await look()).toEqual({ next: committed, keys: keysTo(committed) })
  }
  await end()
  await log.close()
})

test('a task that has committed nothing has a standby with nothing', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await log.topics.create([{ name: 'rows', partitions: 1 }])
  await write(log, 'rows', 0, 10)
  const { standby, look, end } = await standbyOf(table(), log, clock)
  await until(() => standby.isCurrent)
  await turns(20)
  expect(await look()).toEqual({ next: 0, keys: [] })
  await end()
  await log.close()
})

const changelog = 'count-app-counts-changelog'

async function counted(log: Log): Promise<void> {
  await log.topics.create([{ name: 'words', partitions: 1 }])
  await makePlan(log, cut(count().lower()), true, 0)
  await write(log, changelog, 0, 1_000)
}

test('it takes changes in as they come, and hands over a state with all of them', async () => {
  const log = memoryLog()
  await counted(log)
  const { standby, look, end, opened } = await standbyOf(count(), log, new ManualClock(0))
  await until(() => standby.isCurrent)
  expect(await look()).toEqual({ next: 1_000, keys: keysTo(1_000) })
  for (let to = 1_100; to < 1_600; to += 100) {
    await write(log, changelog, to - 100, to)
    await until(async () => (await look()).next === to)
    expect((await look()).keys).toEqual(keysTo(to))
  }
  const state = await end()
  expect(state!.db).toBe(opened[0])
  expect(await look()).toEqual({ next: 1_500, keys: keysTo(1_500) })
  await log.close()
})

test('what an open transaction has written is not taken in before it is committed', async () => {
  const log = memoryLog()
  await counted(log)
  const { standby, look, end } = await standbyOf(count(), log, new ManualClock(0))
  await until(() => standby.isCurrent)
  const producer = log.producer({ transactionalId: 'owner' })
  await producer.init()
  const writer = await recordWriter(log, producer, [changelog])
  const change = (n: number) => writer.write({ name: changelog, key: string, value: long }, { key: `k${n}`, value: n })
  change(1_000)
  writer.handOver()
  await turns(20)
  expect(await look()).toEqual({ next: 1_000, keys: keysTo(1_000) })
  await producer.abort()
  await turns(20)
  expect((await look()).keys).toEqual(keysTo(1_000))
  change(1_000)
  change(1_001)
  writer.handOver()
  await producer.commit({ group: 'count-app', positions: [] })
  await until(async () => (await look()).keys.length === 1_002)
  await producer.close()
  await end()
  await log.close()
})

/** The log with readers that a test can put to sleep, and have fail. */
function faulty(log: Log) {
  const faults: Error[] = []
  let asleep = false
  let wake = (): void => {}
  const reading = through(log, {
    reader(options) {
      wake = options.onReady
      const reader = log.reader(options)
      return through(reader, {
        poll() {
          const fault = faults.shift()
          if (fault !== undefined) throw fault
          return asleep ? [] : reader.poll()
        },
      })
    },
  })
  return {
    log: reading,
    sleep: () => void (asleep = true),
    /** The next look at what was read throws. */
    fail(error: Error) {
      asleep = false
      faults.push(error)
      wake()
    },
  }
}

const at = { topic: changelog, partition: 0 }

test('where changes were deleted before it had them, it sets its state aside and takes what is left', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await counted(log)
  const faults = faulty(log)
  const { standby, look, counters, opened, failures, end } = await standbyOf(count(), faults.log, clock)
  await until(() => standby.isCurrent)
  faults.sleep()
  for (const from of [1_000, 1_100, 1_200]) await write(log, changelog, from, from + 100)
  await log.topics.deleteRecords([{ ...at, offset: 1_200 }])
  faults.fail(new SluiceError('OFFSET_OUT_OF_RANGE', 'offset 1000 is not there', { place: { ...at, offset: 1_000 } }))
  await until(() => clock.next === 500)
  expect(standby.isCurrent).toBe(false)
  clock.moveTo(500)
  await until(() => standby.isCurrent)
  expect(await look()).toEqual({ next: 1_300, keys: Array.from({ length: 100 }, (_, n) => `k${1_200 + n}`) })
  expect(opened).toHaveLength(2)
  expect(counters.snapshot()).toEqual({ 'standby_retries{words-0}': 1, 'state_set_aside{words-0}': 1 })
  expect(failures).toEqual([])
  await end()
  await log.close()
})

test('where its changelog is made anew, it begins anew', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await counted(log)
  const { standby, look, counters, failures, end } = await standbyOf(count(), log, clock)
  await until(() => standby.isCurrent)
  await log.topics.delete([changelog])
  await until(() => clock.next === 500)
  // It is looked for, and not there yet.
  clock.moveTo(500)
  await until(() => clock.next === 1_500)
  expect(counters.snapshot()).toEqual({ 'standby_retries{words-0}': 2 })
  await makePlan(log, cut(count().lower()), true, 0)
  await write(log, changelog, 0, 7)
  clock.moveTo(1_500)
  await until(() => standby.isCurrent)
  expect(await look()).toEqual({ next: 7, keys: keysTo(7) })
  expect(counters.snapshot()['state_set_aside{words-0}']).toBe(1)
  expect(failures).toEqual([])
  await end()
  await log.close()
})

test('where the brokers are away, it tries again, ever more seldom, and goes on with the state that it has', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await counted(log)
  const faults = faulty(log)
  let away = false
  const nobody = (): SluiceError => new SluiceError('BROKER', 'nobody answers')
  const failing = through<Log>(faults.log, {
    endOffsets: async (partitions, isolation) => {
      if (away) throw nobody()
      return faults.log.endOffsets(partitions, isolation)
    },
  })
  const { standby, look, counters, opened, failures, end } = await standbyOf(count(), failing, clock)
  await until(() => standby.isCurrent)
  away = true
  faults.fail(nobody())
  await until(() => clock.next !== undefined)
  const waits: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    waits.push(clock.next! - clock.now())
    clock.moveTo(clock.next!)
    await until(() => clock.next !== undefined)
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect(standby.isCurrent).toBe(false)
  await write(log, changelog, 1_000, 1_100)
  away = false
  clock.moveTo(clock.next!)
  await until(() => standby.isCurrent)
  expect(await look()).toEqual({ next: 1_100, keys: keysTo(1_100) })
  expect(opened).toHaveLength(1)
  expect(counters.snapshot()).toEqual({ 'standby_retries{words-0}': 9 })
  expect(failures).toEqual([])
  await end()
  await log.close()
})

test('it ends at once while it waits for another attempt, and still has its state', async () => {
  const clock = new ManualClock(0)
  const log = memoryLog({ clock })
  await counted(log)
  const faults = faulty(log)
  const { standby, opened, end } = await standbyOf(count(), faults.log, clock)
  await until(() => standby.isCurrent)
  faults.fail(new SluiceError('CORRUPT', 'a batch fails its checksum', { place: at }))
  await until(() => clock.next !== undefined)
  expect((await end())!.db).toBe(opened[0])
  expect(clock.next).toBeUndefined()
  await log.close()
})

test('what cannot pass is told', async () => {
  const log = memoryLog()
  await counted(log)
  const faults = faulty(log)
  const { standby, failures, end } = await standbyOf(count(), faults.log, new ManualClock(0))
  await until(() => standby.isCurrent)
  const defect = new TypeError('a defect')
  faults.fail(defect)
  await until(() => failures.length > 0)
  expect(failures).toEqual([defect])
  await end()
  await log.close()
})

test('a task that another thread is to run waits until the standby of this one has ended', async () => {
  const log = memoryLog()
  await counted(log)
  const spec = count().lower()
  const plan = await makePlan(log, cut(spec), true, 0)
  const { clock: _, onRestore: __, ...plain } = settings({ log, stateDir: directory, standbys: 1 })
  const homeOf = (slot: number) => {
    const data = { sluice: 'thread', module: '', fingerprint: '', startedAt: 0, log: {} } as const
    return threadHome(spec.application, { ...data, settings: plain, instance: 'one', slot })
  }
  const clock = new ManualClock(0)
  const feed = new StandbyFeed({ log, clock, group: spec.application })
  const standby = new Standby({
    log,
    home: homeOf(0),
    settings: settings({ log, clock, standbys: 1 }),
    counters: new Counters(),
    plan,
    planned: plan.tasks[0]!,
    feed,
    onChange: () => {},
    onFailed: error => expect.unreachable(String(error)),
  })
  await until(() => standby.isCurrent)
  const task = new TaskState(homeOf(1), plan.tasks[0]!)
  let isOpen = false
  const opening = task.open(new AbortController().signal).then(() => (isOpen = true))
  await turns(50)
  expect(isOpen).toBe(false)
  await (await standby.end())!.release()
  await opening
  const [changelogOf] = plan.tasks[0]!.sub.changelogs
  expect(String(task.db.store(positionsStore).get(Buffer.from(changelogOf!.store)))).toContain('"offset":1000')
  await task.release()
  await feed.close()
  await log.close()
})

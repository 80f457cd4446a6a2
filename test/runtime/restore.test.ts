import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bytes, memory, string, topic } from '../../dsl/index.js'
import type { Log, TopicInfo } from '../../src/log/log.js'
import { positionsStore, restorable, type Changelog } from '../../src/runtime/changelog.js'
import { fill, restore, usualPace, type RestorePace, type Restoring } from '../../src/runtime/restore.js'
import { taskDirs, type StateHome } from '../../src/runtime/state-home.js'
import { TaskState } from '../../src/runtime/task-state.js'
import { long } from '../../src/serde/index.js'
import { createKeyValueStore } from '../../src/store/cached-store.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import type { StateDb } from '../../src/store/state-db.js'
import type { TaskSpec } from '../../src/topology/cut.js'
import { writeRecords } from '../write-records.js'

const directory = mkdtempSync(join(tmpdir(), 'sluice-restore-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const changes = topic('changes', { key: string, value: bytes })
/** All of it stays in LevelDB’s log, which only grows: a copy of the directory is what a death leaves at that moment. */
const padding = 580
/** Changes of a few keys that come again and again, tombstones among them. */
const all = Array.from({ length: 6_000 }, (_, offset) => ({
  key: `k${(offset * 7919) % 1_000}`,
  value: offset % 11 === 0 ? null : offset,
}))

const identity = { application: 'restoring', task: 'changes-0' }

test('a process that dies at any moment of a restore leaves what its position says, and goes on from there', async () => {
  const log = await filled()
  const whole = join(directory, 'whole')
  const moments: string[] = []
  let records = 0
  const db = await openStateDb(whole, identity)
  const copy = () => {
    const place = join(directory, `moment-${moments.length}`)
    cpSync(whole, place, { recursive: true, filter: file => !file.endsWith('LOCK') })
    moments.push(place)
  }
  const look = () => {
    if (records++ % 400 === 0) copy()
  }
  afterWrites(db, copy)
  await restored(log, db, { look })
  expect(await entries(db)).toEqual(stateAt(all.length))
  await db.close()
  expect(moments.length).toBeGreaterThan(15 + 2)
  const positions = new Set<number>()
  for (const moment of moments) {
    const left = await openStateDb(moment, identity)
    const position = positionIn(left)
    positions.add(position)
    expect(await entries(left)).toEqual(stateAt(position))
    await restored(log, left)
    expect(positionIn(left)).toBe(all.length)
    expect(await entries(left)).toEqual(stateAt(all.length))
    await left.close()
  }
  expect(positions.size).toBeGreaterThan(2)
  await log.close()
})

test('a restore that is given up ends with nothing on its way, and goes on from there', async () => {
  const log = await filled()
  const db = await openStateDb(join(directory, 'given-up'), identity)
  const giveUp = new AbortController()
  await restored(log, db, { tell: done => done > all.length / 3 && giveUp.abort(), signal: giveUp.signal })
  const position = positionIn(db)
  expect(position).toBeGreaterThan(all.length / 3)
  expect(position).toBeLessThan(all.length)
  expect(await entries(db)).toEqual(stateAt(position))
  await restored(log, db)
  expect(await entries(db)).toEqual(stateAt(all.length))
  await db.close()
  await log.close()
})

/** A checkpoint in the middle, and batches between it and the failures. */
const large: RestorePace = {
  batchBytes: 64 << 10,
  largeRecords: 1_000,
  checkpointBytes: 1_500_000,
  tableBytes: 64 << 10,
}

test.each([1, 2_500, 5_300, 5_900])(
  'a large restore that fails at change %d goes on from its last checkpoint',
  async at => {
    const log = await filled()
    const place = join(directory, `failed-${at}`)
    const db = await openStateDb(place, identity)
    let taken = 0
    const look = () => {
      if (++taken === at) throw new Error('the process dies')
    }
    await expect(restored(log, db, { look, pace: large })).rejects.toThrow('the process dies')
    await db.close()

    const left = await openStateDb(place, identity)
    const position = positionIn(left)
    const state = await entries(left)
    const reached = all.findIndex((_, offset) => offset >= position && same(state, stateAt(offset)))
    expect(reached).toBeGreaterThanOrEqual(position)
    expect(reached).toBeLessThan(at)
    if (at > 5_800) {
      expect(position).toBeGreaterThan(0)
      expect(reached).toBeGreaterThan(position)
    }

    const [changelog, infos, starts] = [changelogOf(left), await infosOf(log), new Map([['changes-0', 0]])]
    const fits = (end: number) =>
      restorable(left, [changelog], infos, starts, new Map([['changes-0', end]]), Date.now())
    expect(fits(all.length)).toBe(true)
    // A log that lost its end: nobody knows whether the store has taken something of that.
    expect(fits(all.length - 1)).toBe(false)

    await restored(log, left, { pace: large })
    expect(positionIn(left)).toBe(all.length)
    expect(await entries(left)).toEqual(stateAt(all.length))
    await left.close()
    await log.close()
  },
)

const fillPace: RestorePace = { ...large, tableBytes: 200_000, checkpointBytes: 800_000 }

test.each([2, Infinity])(
  'a process that dies at any moment of a fill of %d loads leaves what its position says',
  async most => {
    const log = await filled()
    const whole = mkdtempSync(join(directory, 'fill-'))
    const moments: string[] = []
    let records = 0
    const look = () => {
      if (records++ % 300 !== 0) return
      const place = `${whole}-${moments.length}`
      cpSync(whole, place, { recursive: true, filter: file => !file.endsWith('LOCK') })
      moments.push(place)
    }
    const pace = fillPace
    const state = await taskState(whole)
    fullBehind(most, state)
    expect(await filledAndRestored(log, state, { look, pace })).toBe(true)
    expect(await entries(state.db)).toEqual(stateAt(all.length))
    await state.release()
    const positions = new Set<number>()
    for (const moment of moments) {
      const left = await taskState(moment)
      const position = positionIn(left.db)
      positions.add(position)
      const found = await entries(left.db)
      // Behind the fill, a checkpoint may lie before what the state holds.
      expect(all.some((_, offset) => offset >= position && same(found, stateAt(offset)))).toBe(true)
      await filledAndRestored(log, left, { pace })
      expect(positionIn(left.db)).toBe(all.length)
      expect(await entries(left.db)).toEqual(stateAt(all.length))
      await left.release()
    }
    expect(positions.size).toBeGreaterThan(1)
    await log.close()
  },
)

test.each([1, 900, 3_000, 5_900])(
  'a fill that fails at change %d goes on from what it kept, in one process',
  async at => {
    const log = await filled()
    const place = mkdtempSync(join(directory, 'fill-'))
    const state = await taskState(place)
    let taken = 0
    const look = () => {
      if (++taken === at) throw new Error('the brokers are gone')
    }
    const pace = fillPace
    await expect(filledAndRestored(log, state, { look, pace })).rejects.toThrow('the brokers are gone')
    const position = positionIn(state.db)
    expect(position > 0).toBe(at >= 3_000)
    expect(await entries(state.db)).toEqual(stateAt(position))
    expect(await filledAndRestored(log, state, { pace })).toBe(position === 0)
    expect(await entries(state.db)).toEqual(stateAt(all.length))
    await state.release()
    const after = await taskState(place)
    expect(positionIn(after.db)).toBe(all.length)
    expect(await entries(after.db)).toEqual(stateAt(all.length))
    await after.release()
    await log.close()
  },
)

test('a fill that is given up keeps what it has, and its directory is locked until it is released', async () => {
  const log = await filled()
  const place = mkdtempSync(join(directory, 'fill-'))
  const state = await taskState(place)
  const giveUp = new AbortController()
  const pace = fillPace
  const tell = (done: number) => done > all.length / 3 && giveUp.abort()
  const look = async () => {
    await expect(taskState(place)).rejects.toMatchObject({ code: 'STATE_LOCKED' })
  }
  const looks: Promise<void>[] = []
  await filledAndRestored(log, state, { tell, signal: giveUp.signal, pace, look: () => void looks.push(look()) })
  await Promise.all(looks)
  await look()
  const position = positionIn(state.db)
  expect(position).toBeGreaterThan(all.length / 3)
  expect(position).toBeLessThan(all.length)
  expect(await entries(state.db)).toEqual(stateAt(position))
  await state.release()
  await log.close()
})

test('a fill that is given up before its first checkpoint is one again the next time', async () => {
  const log = await filled()
  const state = await taskState(mkdtempSync(join(directory, 'fill-')))
  const giveUp = new AbortController()
  const pace = { ...fillPace, checkpointBytes: 8 << 20 }
  const look = () => giveUp.abort()
  await filledAndRestored(log, state, { signal: giveUp.signal, pace, look })
  expect(await entries(state.db)).toEqual(new Map())
  expect(await filledAndRestored(log, state, { pace })).toBe(true)
  expect(positionIn(state.db)).toBe(all.length)
  expect(await entries(state.db)).toEqual(stateAt(all.length))
  await state.release()
  await log.close()
})

test('neither a small restore is a fill, nor one of a store that reads what it has restored, nor one of a state that has a position', async () => {
  const log = await filled()
  const state = await taskState(mkdtempSync(join(directory, 'fill-')))
  const few = { ...fillPace, largeRecords: all.length }
  expect(await filledOnly(log, state, { pace: few })).toBe(false)
  expect(await filledOnly(log, state, { pace: fillPace }, { restoresByReading: true })).toBe(false)
  expect(await entries(state.db)).toEqual(new Map())
  const signal = AbortSignal.abort()
  await restored(log, state.db, { pace: fillPace, signal })
  expect(await filledOnly(log, state, { pace: fillPace })).toBe(false)
  await state.release()
  await log.close()
})

/** Has its fill be full behind so many loads. */
function fullBehind(most: number, state: TaskState): void {
  const begin = state.fill.bind(state)
  state.fill = async () => {
    const filling = (await begin())!
    let loads = 0
    return {
      load: () => {
        loads++
        return filling.load()
      },
      get isFull() {
        return loads > most
      },
      keep: () => filling.keep(),
      open: () => filling.open(),
    }
  }
}

/** The state of a task in a directory of an instance. */
async function taskState(place: string): Promise<TaskState> {
  const home = taskDirs(identity.application, place) as StateHome
  const state = new TaskState(home, { name: identity.task, sub: { stores: [] as unknown } } as TaskSpec)
  await state.open(new AbortController().signal)
  return state
}

/** As a task does it. Answers whether there was a fill. */
async function filledAndRestored(log: Log, state: TaskState, looks: Looks): Promise<boolean> {
  const wasFilled = await filledOnly(log, state, looks)
  if (looks.signal?.aborted !== true) await restored(log, state.db, looks)
  return wasFilled
}

async function filledOnly(log: Log, state: TaskState, looks: Looks, store: object = {}): Promise<boolean> {
  const changelog = changelogOf(state.db)
  return fill(await restoring(log, { ...changelog, store: Object.assign(changelog.store, store) }, looks), state)
}

async function filled(): Promise<Log> {
  const log = await memory().open()
  await log.topics.create([{ name: changes.name, partitions: 1 }])
  await writeRecords(log, [changes.name], writer => {
    for (const { key, value } of all) writer.write(changes, { key, value: value === null ? null : padded(value) })
  })
  return log
}

interface Looks {
  /** Called before each change that is taken. */
  readonly look?: () => void
  readonly tell?: (done: number) => unknown
  readonly signal?: AbortSignal
  readonly pace?: RestorePace
}

async function restored(log: Log, db: StateDb, looks: Looks = {}): Promise<void> {
  await restore(await restoring(log, changelogOf(db), looks), db)
}

async function restoring(
  log: Log,
  changelog: Changelog,
  { look, tell, pace = usualPace, signal = new AbortController().signal }: Looks,
): Promise<Restoring> {
  const { store } = changelog
  const before = store.restore.bind(store)
  store.restore = (...change) => {
    look?.()
    before(...change)
  }
  const starts = await log.startOffsets([changelog])
  const ends = await log.endOffsets([changelog], 'read_uncommitted')
  const told = ({ done }: { done: number }) => tell?.(done)
  const infos = await infosOf(log)
  return { log, changelogs: [changelog], infos, starts, ends, tell: told, now: Date.now, signal, pace }
}

/** Calls behind each write of a load: what LevelDB has on its way besides takes as long as it takes. */
function afterWrites(db: StateDb, call: () => void): void {
  const load = db.load.bind(db)
  db.load = () => {
    const one = load()
    const write = one.write.bind(one)
    one.write = async () => {
      await write()
      call()
    }
    return one
  }
}

function changelogOf(db: StateDb): Changelog {
  const store = createKeyValueStore({ name: 'counts', key: string, value: bytes, db: db.store('counts'), cache: false })
  return { store, topic: changes.name, partition: 0, until: undefined }
}

async function infosOf(log: Log): Promise<Map<string, TopicInfo>> {
  return new Map((await log.topics.describe([changes.name], { config: true })).map(info => [info.name, info]))
}

function same(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value)
}

function positionIn(db: StateDb): number {
  const bytes = db.store(positionsStore).get(Buffer.from('counts'))
  return bytes === undefined ? 0 : (JSON.parse(String(bytes)) as { offset: number }).offset
}

async function entries(db: StateDb): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for await (const [key, value] of db.store('counts').entries())
    found.set(String(key), long.deserialize(value.subarray(8, 16)))
  return found
}

/** What the changes before an offset come to. */
function stateAt(offset: number): Map<string, number> {
  const state = new Map<string, number>()
  for (const { key, value } of all.slice(0, offset)) {
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
  return new Map([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function padded(value: number): Uint8Array {
  const bytes = Buffer.alloc(padding)
  bytes.set(long.serialize(value))
  return bytes
}

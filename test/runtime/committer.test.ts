import { expect, test } from 'vitest'
import type { Commit, GroupClaim, Log, Producer } from '../../src/log/log.js'
import { Committer } from '../../src/runtime/committer.js'
import type { Settings } from '../../src/runtime/options.js'
import type { OpenTask } from '../../src/runtime/open-task.js'
import type { PartitionQueue } from '../../src/runtime/inputs/partition-queue.js'
import type { Task } from '../../src/runtime/task.js'
import type { StateBatch, StateDb } from '../../src/store/state-db.js'
import { Outbox } from '../../src/runtime/outbox.js'
import { ManualClock } from '../../src/testing/manual-clock.js'

const claim: GroupClaim = { group: 'g', memberId: 'm', generation: 1 }

/** A task without stores that has read up to a position. */
function readerAt(position: number): OpenTask {
  const at = { topic: 't', partition: 0, offset: position, metadata: '' }
  const task: Partial<Task> = {
    stores: [],
    uncommittedBytes: 0,
    flush: () => undefined,
    queues: [{ position } as PartitionQueue],
    positions: () => [at],
    commitBegins: () => () => {},
  }
  const db = { batch: () => ({ length: 0 }) as StateBatch } as Partial<StateDb> as StateDb
  const open: Partial<OpenTask> = { task: task as Task, db, changelogs: [], committed: [] }
  return open as OpenTask
}

/** A committer on Kafka whose commits last as long as they are told to. */
class Paced {
  readonly prepared: Commit[] = []
  commits = 0
  readonly #clock = new ManualClock(10_000_000)
  readonly #ends: ((error?: Error) => void)[] = []
  readonly #committer: Committer

  constructor(commitInterval = 100) {
    const producer = {
      prepare: (held: Commit) => void this.prepared.push(held),
      commit: () => {
        this.commits++
        return new Promise<void>((resolve, reject) =>
          this.#ends.push(error => (error === undefined ? resolve() : reject(error))),
        )
      },
    } as Partial<Producer> as Producer
    const settings = { guarantee: 'exactly-once', clock: this.#clock, commitInterval, maxUncommittedBytes: 1e6 }
    const outbox = new Outbox(producer, () => 1e6)
    this.#committer = new Committer({
      log: { kind: 'kafka' } as Log,
      settings: settings as Partial<Settings> as Settings,
      group: 'g',
      producer,
      outbox,
      changes: outbox,
      onBegun: () => {},
      onSettled: () => {},
      onFailed: () => {},
    })
  }

  /** How long the worker is told to wait; `undefined` where a commit began, or runs. */
  wait(worker: 'now' | 'idle' | 'busy', tasks: readonly OpenTask[] = []): Promise<number | undefined> {
    this.#committer.touched()
    return this.#committer.consider(tasks, claim, worker === 'busy' ? 'interval' : worker)
  }

  /** The same where nothing was processed, and the reader has come to this position. */
  waitAt(position: number, worker: 'idle' | 'busy'): Promise<number | undefined> {
    return this.#committer.consider([readerAt(position)], claim, worker === 'busy' ? 'interval' : worker)
  }

  pass(ms: number): void {
    this.#clock.moveTo(this.#clock.now() + ms)
  }

  /** The commit that runs ends after so long. */
  async ends(ms: number): Promise<void> {
    this.pass(ms)
    this.#ends.shift()!()
    await this.#committer.settle()
  }

  /** The commit that runs fails, and nobody has looked since. */
  async fails(error: Error): Promise<void> {
    this.#ends.shift()!(error)
    await this.#committer.finished()
  }
}

test('an idle worker rests after a commit for as long as one usually takes, even where that one was slow', async () => {
  const paced = new Paced()
  expect(await paced.wait('idle')).toBeUndefined()
  await paced.ends(4)
  expect(await paced.wait('idle')).toBe(4)
  paced.pass(4)
  expect(await paced.wait('idle')).toBeUndefined()
  await paced.ends(24)
  expect(await paced.wait('idle')).toBe(4.5)
})

test.each([4, 0])('a rest grows when commits go on being slow, of which the first took %d ms', async first => {
  const paced = new Paced()
  await paced.wait('idle')
  await paced.ends(first)
  let rest: number | undefined
  for (let i = 0; i < 40; i++) {
    rest = await paced.wait('idle')
    if (rest !== undefined) {
      paced.pass(rest)
      await paced.wait('idle')
    }
    await paced.ends(24)
  }
  expect(rest).toBe(24)
})

test('a busy worker commits at the interval, and no more than half of the time', async () => {
  const paced = new Paced()
  await paced.wait('busy')
  await paced.ends(4)
  expect(await paced.wait('busy')).toBe(96)
  paced.pass(96)
  await paced.wait('busy')
  await paced.ends(80)
  expect(await paced.wait('busy')).toBe(80)
})

test('what cannot wait begins with the end of the last commit', async () => {
  const paced = new Paced()
  await paced.wait('now')
  await paced.ends(80)
  expect(await paced.wait('now')).toBeUndefined()
  // It runs: the end of the one before did not leave it waiting.
  await paced.ends(1)
})

test('a commit is prepared for when it is near, with a position that the group holds already', async () => {
  const paced = new Paced()
  const tasks = [readerAt(7), readerAt(8)]
  await paced.wait('busy', tasks)
  await paced.ends(4)
  await paced.wait('busy', tasks)
  expect(paced.prepared).toEqual([])
  paced.pass(60)
  await paced.wait('busy', tasks)
  const held = [{ topic: 't', partition: 0, offset: 7, metadata: '' }]
  expect(paced.prepared).toEqual([{ group: 'g', claim, positions: held }])
})

test('a commit of positions alone is not prepared for: it writes to no partition', async () => {
  const paced = new Paced()
  await paced.waitAt(1, 'idle')
  await paced.ends(4)
  paced.pass(80)
  expect(await paced.waitAt(2, 'idle')).toBe(16)
  expect(paced.prepared).toEqual([])
})

test('what is too much to be held is committed at once, or waits for the end of the commit that runs', async () => {
  const paced = new Paced()
  const full = readerAt(1)
  Object.assign(full.task, { uncommittedBytes: 2e6 })
  await paced.wait('busy')
  await paced.ends(4)
  expect(await paced.wait('busy', [full])).toBeUndefined()
  expect(paced.commits).toBe(2)
  let waited = false
  const waiting = paced.wait('busy', [full]).then(() => (waited = true))
  await new Promise(setImmediate)
  expect(waited).toBe(false)
  await paced.ends(4)
  await waiting
  expect(paced.commits).toBe(2)
})

test('behind a commit that has failed none begins: it would commit positions beyond what is lost', async () => {
  const paced = new Paced()
  await paced.wait('now')
  await paced.fails(new Error('refused'))
  await expect(paced.wait('now')).rejects.toThrow('refused')
  expect(paced.commits).toBe(1)
})

test('an idle worker soon commits that it has read past the end of a transaction, however long the interval', async () => {
  const paced = new Paced(3_600_000)
  await paced.waitAt(1, 'idle')
  await paced.ends(4)
  expect(await paced.waitAt(1, 'idle')).toBeUndefined()
  expect(paced.commits).toBe(1)
  expect(await paced.waitAt(2, 'busy')).toBeUndefined()
  expect(await paced.waitAt(2, 'idle')).toBe(96)
  paced.pass(96)
  expect(await paced.waitAt(2, 'idle')).toBeUndefined()
  expect(paced.commits).toBe(2)
})

test('a clock that is set back does not hold up the next commit', async () => {
  const paced = new Paced()
  await paced.wait('busy')
  await paced.ends(4)
  paced.pass(-3_600_000)
  expect(await paced.wait('busy')).toBe(100)
  paced.pass(100)
  expect(await paced.wait('busy')).toBeUndefined()
  expect(paced.commits).toBe(2)
})

test.each([-3_600_000, 3_600_000])('nor does one that jumps by %d ms in the middle of a commit', async jump => {
  const paced = new Paced()
  await paced.wait('busy')
  await paced.ends(jump)
  expect(await paced.wait('busy')).toBeLessThanOrEqual(5_000)
  // And back again.
  paced.pass(-jump)
  expect((await paced.wait('busy')) ?? 0).toBeLessThanOrEqual(5_000)
})

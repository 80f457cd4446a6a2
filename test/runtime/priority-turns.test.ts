import { expect, it, onTestFinished, vi } from 'vitest'
import type { GroupClaim } from '../../src/log/log.js'
import type { Committer } from '../../src/runtime/committer.js'
import type { OpenTask } from '../../src/runtime/open-task.js'
import { PriorityTurns } from '../../src/runtime/priority-turns.js'
import { ManualClock } from '../../src/testing/manual-clock.js'

/** A task with so many records of a level; each of them writes 100 bytes. */
class FakeTask {
  readonly weight: number = 1
  left = 0
  done = 0
  reached = Number.NEGATIVE_INFINITY
  readonly level: number
  readonly #wrote: (bytes: number) => void

  constructor(level: number, wrote: (bytes: number) => void) {
    this.level = level
    this.#wrote = wrote
  }

  get ready(): boolean {
    return this.left > 0
  }

  run(limit: number): number {
    const count = Math.min(limit, this.left)
    this.left -= count
    this.done += count
    this.reached = this.level
    this.#wrote(100 * count)
    return count
  }
}

function worker() {
  const committer = {
    uncommitted: 0,
    pending: false,
    asked: [] as string[],
    full: () => false,
    bytes: () => committer.uncommitted,
    touched: () => void (committer.pending = true),
    finished: () => new Promise<void>(() => {}),
    consider: async (_: unknown, __: unknown, when: string) => void committer.asked.push(when),
  }
  const clock = new ManualClock(1_000_000)
  const wrote = (bytes: number): void => void (committer.uncommitted += bytes)
  const [low, high] = [new FakeTask(0, wrote), new FakeTask(1, wrote)]
  const tasks = [{ task: low }, { task: high }] as unknown as OpenTask[]
  const turns = new PriorityTurns(committer as unknown as Committer, clock, [0, 1], () => new Promise<void>(() => {}))
  const commit = async (busy = true): Promise<string> => {
    await turns.commit(tasks, {} as GroupClaim, busy)
    return committer.asked.pop()!
  }
  /** As when a commit begins. */
  const begun = (): void => {
    committer.uncommitted = 0
    low.reached = high.reached = Number.NEGATIVE_INFINITY
  }
  return { clock, committer, low, high, work: () => turns.work(tasks), commit, begun }
}

it('a turn ends with the last of what goes first, and that is committed now', async () => {
  // Time stands still: a turn that lasts too long would end before its last record.
  const still = vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => still.mockRestore())
  const { low, high, work, commit, begun } = worker()
  low.left = 10_000
  high.left = 40
  await work()
  expect([low.done, high.done]).toEqual([0, 40])
  expect(await commit()).toBe('now')
  still.mockRestore()
  begun()
  low.left = 1_000_000
  await work()
  expect(low.done).toBeGreaterThan(0)
  expect(await commit()).toBe('interval')
  expect(await commit(false)).toBe('idle')
})

it('for five seconds after it the others wait for a commit at 128 KiB', async () => {
  const { clock, low, high, work, commit, begun, committer } = worker()
  high.left = 1
  await work()
  expect(await commit()).toBe('now')
  begun()
  low.left = 1_000_000
  for (let turns = 0; turns < 100_000 && (await work()) > 0; turns++);
  expect(committer.uncommitted).toBeGreaterThan(128 * 1024)
  expect(committer.uncommitted).toBeLessThan(130 * 1024)
  expect(await commit()).toBe('idle')
  begun()
  expect(await work()).toBeGreaterThan(0)

  clock.moveTo(clock.now() + 5_000)
  for (let turns = 0; turns < 100_000 && low.left > 0; turns++) {
    await work()
    expect(await commit()).toBe(committer.uncommitted > 1024 * 1024 ? 'idle' : 'interval')
  }
  expect(low.left).toBe(0)
})

it('the others have one turn in 32, however much goes first', async () => {
  const { low, high, work, commit, begun } = worker()
  for (let turns = 0; turns < 200; turns++) {
    high.left = low.left = 1_000_000
    await work()
    await commit()
    begun()
  }
  const share = low.done / (low.done + high.done)
  expect(share).toBeGreaterThan(0.025)
  expect(share).toBeLessThan(0.04)
})

it('a turn does something where there is something to do, though its time is up at once', async () => {
  let now = 0
  const late = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000))
  onTestFinished(() => late.mockRestore())
  const { low, high, work } = worker()
  low.left = 1
  high.left = 1
  high.run = () => 0
  expect(await work()).toBe(1)
  expect(low.done).toBe(1)
  expect(await work()).toBe(0)
})

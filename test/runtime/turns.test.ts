import { expect, it, onTestFinished, vi } from 'vitest'
import type { Committer } from '../../src/runtime/committer.js'
import type { OpenTask } from '../../src/runtime/open-task.js'
import { EvenTurns } from '../../src/runtime/turns.js'

it('a turn does something where there is something to do, though its time is up at once', async () => {
  let now = 0
  const late = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000))
  onTestFinished(() => late.mockRestore())
  const left = [10_000, 300]
  const tasks = left.map((_, index) => ({
    task: {
      weight: 1,
      run(limit: number) {
        const count = Math.min(limit, left[index]!)
        left[index]! -= count
        return count
      },
    },
  })) as unknown as OpenTask[]
  const turns = new EvenTurns({ full: () => false, touched: () => {} } as unknown as Committer)
  expect(await turns.work(tasks)).toBe(512)
  expect(left).toEqual([9_744, 44])
  for (let turn = 0; left[0]! + left[1]! > 0 && turn < 100; turn++) expect(await turns.work(tasks)).toBeGreaterThan(0)
  expect(await turns.work(tasks)).toBe(0)
})

it('tasks have their share of a turn by their weights', async () => {
  const done = [0, 0, 0]
  const tasks = [4, 1, 1].map((weight, index) => ({
    task: {
      weight,
      run(limit: number) {
        done[index]! += limit
        return limit
      },
    },
  })) as unknown as OpenTask[]
  await new EvenTurns({ full: () => done[0]! > 10_000, touched: () => {} } as unknown as Committer).work(tasks)
  expect([done[0]! / done[1]!, done[0]! / done[2]!]).toEqual([4, 4])
})

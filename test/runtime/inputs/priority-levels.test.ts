import fc from 'fast-check'
import { expect, it } from 'vitest'
import { none, OldestInput } from '../../../src/runtime/inputs/input-choice.js'
import { patience, PriorityLevels } from '../../../src/runtime/inputs/priority-levels.js'
import { TaskTurns } from '../../../src/runtime/task-turns.js'

/** Inputs with so many records each. */
function queues(...counts: number[]) {
  const left = [...counts]
  const inputs = left.map((_, index) => ({
    get ready() {
      return left[index]! > 0
    },
    waiting: false,
    timestamp: 0,
  }))
  const levels = new PriorityLevels(left.map((_, index) => new OldestInput(inputs, [index])))
  const next = (): number => {
    const head = levels.head()
    // Asking changes nothing.
    expect(levels.head()).toBe(head)
    if (head === none) return none
    levels.took()
    left[head]!--
    return head
  }
  return { left, next }
}

it('higher levels go first, and the lowest has its turn all the same', () => {
  const { next } = queues(1_000, 1_000, 1_000)
  const order = Array.from({ length: 660 }, next)
  expect(order.slice(0, patience)).toEqual(Array.from({ length: patience }, () => 0))
  for (const level of [1, 2]) {
    const share = order.filter(one => one === level).length / order.length
    expect(share).toBeGreaterThan(0.029)
    expect(share).toBeLessThan(0.04)
  }
})

it('a low level that is alone has all turns, and gives way at once', () => {
  const { left, next } = queues(0, 500)
  expect(new Set(Array.from({ length: 400 }, next))).toEqual(new Set([1]))
  left[0] = 3
  expect([next(), next(), next(), next()]).toEqual([0, 0, 0, 1])
})

it('nothing is lost and nobody waits longer than its patience allows', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { minLength: 2, maxLength: 5 }), counts => {
      const { left, next } = queues(...counts)
      const waited = counts.map(() => 0)
      for (let head = next(), before = [...counts]; head !== none; before = [...left], head = next()) {
        counts.forEach((_, index) => {
          waited[index] = index === head || before[index] === 0 ? 0 : waited[index]! + 1
          // As many levels may be due at a time as there are.
          expect(waited[index]).toBeLessThanOrEqual(patience + counts.length)
        })
      }
      expect(left.every(one => one === 0)).toBe(true)
    }),
  )
})

const task = (name: string, level: number, weight = 1) => ({ name, level, weight, ready: true })

it('tasks of a level have turns by their weights, but where others go first', () => {
  const turns = new TaskTurns<ReturnType<typeof task>>([0, 5])
  const tasks = [task('a', 0, 3), task('b', 0)]
  const names = (count: number): string => Array.from({ length: count }, () => turns.next(tasks)?.name).join('')
  expect(names(8)).toBe('aabaaaba')
  for (const one of tasks) one.level = 5
  expect(names(8)).toMatch(/^(ab){4}$|^(ba){4}$/)
})

it('tasks go by what they have now, and by turns within a level', () => {
  const tasks = [task('a', 0), task('b', 0), task('c', 5)]
  const turns = new TaskTurns<ReturnType<typeof task>>([0, 5])
  tasks[2]!.ready = false
  const names = (count: number) => Array.from({ length: count }, () => turns.next(tasks)?.name)
  expect(names(4)).toEqual(['a', 'b', 'a', 'b'])
  tasks[2]!.ready = true
  expect(names(2)).toEqual(['c', 'c'])
  for (const one of tasks) one.ready = false
  expect(turns.next(tasks)).toBeUndefined()
})

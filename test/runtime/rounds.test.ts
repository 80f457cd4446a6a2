import { expect, test } from 'vitest'
import { rounds } from '../../src/runtime/rounds.js'
import { ManualClock } from '../../src/testing/manual-clock.js'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('a round follows the end of the one before, and one that fails is followed too', async () => {
  const clock = new ManualClock()
  const ends: ((error?: Error) => void)[] = []
  const stop = rounds(
    clock,
    10,
    () => new Promise((resolve, reject) => ends.push(error => (error === undefined ? resolve() : reject(error)))),
  )
  clock.moveTo(10)
  expect(ends).toHaveLength(1)
  expect(clock.next).toBeUndefined()
  clock.moveTo(15)
  ends[0]!(new Error('not now'))
  await turn()
  expect(clock.next).toBe(25)
  stop()
  expect(clock.next).toBeUndefined()
})

test('stopped in the middle of a round, none follows: a timer would keep the process alive', async () => {
  const clock = new ManualClock()
  let end = (): void => {}
  const stop = rounds(clock, 10, () => new Promise(resolve => (end = resolve)))
  clock.moveTo(10)
  stop()
  end()
  await turn()
  expect(clock.next).toBeUndefined()
})

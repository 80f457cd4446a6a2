import { expect, test } from 'vitest'
import { Rests } from '../../src/runtime/rests.js'

function atOnce() {
  const waited: number[] = []
  const rests = new Rests({
    now: () => 0,
    after: (ms, call) => {
      waited.push(ms)
      call()
      return () => {}
    },
  })
  return { rests, waited }
}

test('the first is none; each one is twice the last, up to 5 s, until there is a commit', async () => {
  const { rests, waited } = atOnce()
  for (let i = 0; i < 10; i++) await rests.take()
  expect(waited).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  rests.reset()
  await rests.take()
  await rests.take()
  expect(waited.slice(9)).toEqual([100])
})

test('one that is under way ends at once when it has to, and its timer with it', async () => {
  let timers = 0
  const rests = new Rests({ now: () => 0, after: () => (timers++, () => void timers--) })
  await rests.take()
  const taken = rests.take()
  expect(timers).toBe(1)
  rests.end()
  await taken
  expect(timers).toBe(0)
})

import { expect, test } from 'vitest'
import { Trouble } from '../../src/runtime/trouble.js'

function timed() {
  const waited: number[] = []
  const time = { now: 1_000 }
  const trouble = new Trouble({
    now: () => time.now,
    after(ms, call) {
      waited.push(ms)
      call()
      return () => {}
    },
  })
  return { trouble, waited, time }
}

test('the first rest is none; each one is twice the last, up to 5 s, until a commit takes something along', async () => {
  const { trouble, waited } = timed()
  for (let i = 0; i < 10; i++) {
    await trouble.rest()
    // Where tasks begin, before the record that fails again.
    trouble.settled(false)
  }
  expect(waited).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  trouble.settled(true)
  await trouble.rest()
  await trouble.rest()
  expect(waited.slice(9)).toEqual([100])
})

test('an outage lasts until a commit takes something along, or nothing has failed for a minute', async () => {
  const { trouble, time } = timed()
  const fails = async (): Promise<number> => {
    const lasted = trouble.outage()
    await trouble.rest()
    return lasted
  }
  expect(await fails()).toBe(0)
  time.now += 50_000
  trouble.settled(false)
  time.now += 30_000
  expect(await fails()).toBe(80_000)
  trouble.settled(false)
  time.now += 60_000
  expect(await fails()).toBe(0)
  time.now += 5_000
  expect(await fails()).toBe(5_000)
  trouble.settled(true)
  expect(await fails()).toBe(0)
})

test('a commit that hangs for minutes before it fails is no calm', async () => {
  const { trouble, time } = timed()
  const lasted: number[] = []
  for (let i = 0; i < 3; i++) {
    lasted.push(trouble.outage())
    await trouble.rest()
    trouble.settled(false)
    time.now += 1_000
    trouble.tries()
    time.now += 120_000
  }
  expect(lasted).toEqual([0, 121_000, 242_000])
})

test('a rest that is under way ends at once when it has to, and its timer with it', async () => {
  let timers = 0
  const trouble = new Trouble({ now: () => 0, after: () => (timers++, () => void timers--) })
  await trouble.rest()
  const taken = trouble.rest()
  expect(timers).toBe(1)
  trouble.wake()
  await taken
  expect(timers).toBe(0)
})

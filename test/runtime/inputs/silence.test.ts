import { expect, test } from 'vitest'
import { beatOf, Silence } from '../../../src/runtime/inputs/silence.js'

const after = 10_000
const beat = beatOf(after)

/** Looks at each beat; answers how far time has moved on by the last one. */
function look(silence: Silence, from: number, to: number): number {
  let by = 0
  for (let now = from + beat; now <= to; now += beat) by += silence.tell(now)
  return by
}

test('moves time on as fast as the clock, once it is a silence', () => {
  const silence = new Silence(after, 0)
  expect(look(silence, 0, 9_000)).toBe(0)
  expect(look(silence, 9_000, 10_000)).toBe(10_000)
  expect(look(silence, 10_000, 15_000)).toBe(5_000)
})

test.each([
  ['a process that stood still', 3_600_000],
  ['a clock that was set back', -3_600_000],
])('begins anew behind %s: what came meanwhile is not fetched yet', (_, jump) => {
  const silence = new Silence(after, 0)
  look(silence, 0, 12_000)
  const now = 12_000 + jump
  expect(silence.tell(now)).toBe(0)
  expect(look(silence, now, now + 9_000)).toBe(0)
  expect(look(silence, now + 9_000, now + 10_000)).toBe(10_000)
})

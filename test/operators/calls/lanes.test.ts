import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lanes } from '../../../src/operators/calls/lanes.js'
import type { PendingEntry } from '../../../src/store/pending-store.js'

const entry = (seq: number, key: number, timestamp: number) =>
  ({ seq, lane: `k${key}`, timestamp, bytes: 10 }) as PendingEntry<string, string>

/** The priority of an entry. */
const levelOf = ({ timestamp }: PendingEntry<string, string>) => timestamp % 3

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key: fc.nat(5), timestamp: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.nat(1_000) },
)

test('the oldest and the highest priority are found whichever lane goes on, and each lane keeps its order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), steps => {
      const lanes = new Lanes<string, string>(true, levelOf)
      const model: PendingEntry<string, string>[] = []
      for (const [seq, one] of steps.entries()) {
        if (typeof one === 'object') {
          const added = entry(seq, one.key, one.timestamp)
          expect(lanes.add(added)).toBe(!model.some(({ lane }) => lane === added.lane))
          model.push(added)
        } else if (model.length > 0) {
          const { lane } = model[one % model.length]!
          const [first, second] = model.filter(each => each.lane === lane)
          expect(lanes.isFirst(first!)).toBe(true)
          expect(lanes.shift(first!)).toBe(second)
          model.splice(model.indexOf(first!), 1)
        }
        expect(lanes.oldest).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.map(({ timestamp }) => timestamp)))
        for (const one of model) {
          const lane = model.filter(each => each.lane === one.lane)
          expect(lanes.highest(one)).toBe(Math.max(...lane.map(levelOf)))
        }
        expect([lanes.entries, lanes.bytes]).toEqual([model.length, 10 * model.length])
      }
    }),
  )
})

test('the highest priority of a key is known without looking at all that wait for it', () => {
  let looked = 0
  const lanes = new Lanes<string, string>(true, one => {
    looked++
    return levelOf(one)
  })
  const entries = Array.from({ length: 2_000 }, (_, seq) => entry(seq, 1, seq))
  for (const one of entries) lanes.add(one)
  for (const one of entries) {
    lanes.highest(one)
    lanes.shift(one)
  }
  expect(looked).toBeLessThanOrEqual(2 * entries.length)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lanes } from '../../../src/operators/calls/lanes.js'
import type { PendingEntry } from '../../../src/store/pending-store.js'

const entry = (seq: number, key: number, timestamp: number) =>
  ({ seq, lane: `k${key}`, timestamp, bytes: 10 }) as PendingEntry<string, string>

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ key: fc.nat(5), timestamp: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.nat(1_000) },
)

test('the oldest is found whichever lane goes on, and each lane keeps its order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), steps => {
      const lanes = new Lanes<string, string>()
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
        expect([lanes.entries, lanes.bytes]).toEqual([model.length, 10 * model.length])
      }
    }),
  )
})

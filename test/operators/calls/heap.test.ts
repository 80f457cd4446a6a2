import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../src/operators/calls/heap.js'

const step = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 50 }) },
  { weight: 2, arbitrary: fc.constant('shift' as const) },
  { weight: 1, arbitrary: fc.constant('odd ones go' as const) },
)

test('the first is always the least, whatever goes in and out', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const heap = new Heap<number>((a, b) => a < b)
      let model: number[] = []
      for (const one of steps) {
        if (one === 'shift') expect(heap.shift()).toBe(model.shift())
        else if (one === 'odd ones go') {
          heap.retain(n => n % 2 === 0)
          model = model.filter(n => n % 2 === 0)
        } else {
          heap.push(one)
          model = [...model, one].toSorted((a, b) => a - b)
        }
        expect([heap.first, heap.size]).toEqual([model[0], model.length])
      }
    }),
  )
})

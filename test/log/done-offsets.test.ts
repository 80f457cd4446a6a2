import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DoneOffsets } from '../../src/log/done-offsets.js'

const ranges = fc.array(fc.record({ start: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 6 }) }), {
  maxLength: 40,
})

test('they are a set of offsets, and their text says the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), ranges, (first, added) => {
      const done = new DoneOffsets(first)
      const model = new Set(Array.from({ length: first }, (_, i) => i))
      for (const { start, length } of added) {
        done.addRange(start, start + length)
        for (let i = start; i < start + length; i++) model.add(i)
        const copy = DoneOffsets.parse(done.position, done.text())
        const all = Array.from({ length: 70 }, (_, i) => i)
        expect(all.filter(i => done.has(i))).toEqual(all.filter(i => model.has(i)))
        expect(all.filter(i => copy.has(i))).toEqual(all.filter(i => model.has(i)))
        expect(model.has(done.position)).toBe(false)
      }
    }),
  )
})

test('neighbours cost as much as one', () => {
  const done = new DoneOffsets(0)
  for (let offset = 1; offset < 100_000; offset++) done.add(offset)
  expect(done.ranges).toBe(1)
  expect(done.text()).toBe(`1.${(99_999).toString(36)}`)
  done.add(0)
  expect([done.position, done.text()]).toEqual([100_000, ''])
})

test.each(['', 't17', '0.1', '1.0', '1.1,', '1', 'x.-1'])('the text %j is read as nothing ahead', text => {
  const done = DoneOffsets.parse(5, text)
  expect([done.position, done.ranges]).toEqual([5, 0])
})

import { expect, test } from 'vitest'
import { KnownShapes } from '../../../src/serde/json/known-shapes.js'

/** Meets values whose shapes are these numbers, one after the other; answers how often a shape was tried. */
function meet(shapes: KnownShapes<number>, values: Iterable<number>): number {
  let tried = 0
  for (const value of values) {
    const place = shapes.list.indexOf(value)
    tried += place < 0 ? shapes.list.length : place + 1
    if (place >= 0) shapes.hit(place)
    else if (shapes.miss()) shapes.learned(value)
  }
  return tried
}

test('values that have a shape each are given up within two hundred', () => {
  const shapes = new KnownShapes<number>()
  meet(shapes, Array(200).keys())
  expect(shapes.list).toEqual([])
  expect(meet(shapes, Array(10_000).keys())).toBe(0)
})

test('eight shapes that come by turns are all known, whatever comes once in between', () => {
  const shapes = new KnownShapes<number>()
  const values = Array.from({ length: 10_000 }, (_, i) => (i > 1_000 && i % 3 === 0 ? i : i % 8))
  meet(shapes, values)
  expect(shapes.list.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('shapes that were worth it make room for later ones, again and again', () => {
  const shapes = new KnownShapes<number>()
  for (let first = 0; first < 80; first += 8) {
    meet(
      shapes,
      Array.from({ length: 6_000 }, (_, i) => first + (i % 8)),
    )
    expect(shapes.list.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 8 }, (_, i) => first + i))
  }
})

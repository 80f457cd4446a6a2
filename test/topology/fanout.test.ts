import { expect, test } from 'vitest'
import { fanout } from '../../src/topology/fanout.js'

test.each([0, 1, 2, 3, 5])('%i children get the record in order', n => {
  const got: unknown[] = []
  const children = Array.from(
    { length: n },
    (_, i) =>
      (...args: unknown[]) =>
        void got.push([i, ...args]),
  )
  expect(fanout(children)('k', 'v', 7, 'old')).toBeUndefined()
  expect(got).toEqual(Array.from({ length: n }, (_, i) => [i, 'k', 'v', 7, 'old']))
})

test('one child is called directly', () => {
  const child = () => undefined
  expect(fanout([child])).toBe(child)
})

test.each([2, 3, 4])('of %i children, the later ones wait for one that suspends', async n => {
  const got: number[] = []
  const releases: (() => void)[] = []
  const children = Array.from({ length: n }, (_, i) => () => {
    got.push(i)
    return new Promise<void>(resolve => releases.push(resolve))
  })
  const wait = fanout(children)('k', 'v', 7)
  for (let i = 0; i < n; i++) {
    expect(got).toHaveLength(i + 1)
    releases[i]!()
    await Promise.resolve().then(() => undefined)
  }
  await wait
  expect(got).toEqual(Array.from({ length: n }, (_, i) => i))
})

test.each([2, 3])('of %i children, an error of the first keeps the record from the others', n => {
  const got: number[] = []
  const children = Array.from({ length: n }, (_, i) => () => {
    if (i === 0) throw new Error('first')
    got.push(i)
  })
  expect(() => fanout(children)('k', 'v', 7)).toThrow('first')
  expect(got).toEqual([])
})

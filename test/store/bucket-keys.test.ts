import { expect, test } from 'vitest'
import { BucketKeys } from '../../src/store/bucket-keys.js'

test('says what may be there, and never wrongly that something is not', () => {
  const known = new BucketKeys(1 << 20, 3)
  for (let hash = -500; hash < 500; hash++) known.add(5, hash * 7919)
  for (let hash = -500; hash < 500; hash++) expect(known.mayHold(5, hash * 7919)).toBe(true)
  expect(known.mayHold(5, 2)).toBe(false)
  expect(known.mayHold(6, 7919)).toBe(false)
  expect(known.mayHold(3, 1)).toBe(true)
})

test('a bucket that takes too much memory may hold anything; dropped ones give it back', () => {
  const known = new BucketKeys(4096, -1)
  for (let hash = 1; hash <= 300; hash++) known.add(0, hash)
  expect(known.mayHold(0, 301)).toBe(false)
  for (let hash = 1; hash <= 300; hash++) known.add(1, hash)
  expect(known.mayHold(1, 301)).toBe(true)
  known.drop(2)
  for (let hash = 1; hash <= 300; hash++) known.add(2, hash)
  expect(known.mayHold(2, 301)).toBe(false)
  expect(known.mayHold(2, 300)).toBe(true)
  expect(known.mayHold(0, 301)).toBe(true)
})

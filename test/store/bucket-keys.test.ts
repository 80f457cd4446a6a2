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

test('where memory runs out, the oldest buckets are forgotten, and give it back', () => {
  const known = new BucketKeys(4096, -1)
  for (let bucket = 0; bucket < 50; bucket++) {
    for (let hash = 1; hash <= 100; hash++) known.add(bucket, bucket + hash * 50)
    for (const recent of [bucket, Math.max(0, bucket - 1)]) {
      expect(known.mayHold(recent, 7919)).toBe(false)
      expect(known.mayHold(recent, recent + 50)).toBe(true)
    }
  }
  expect(known.mayHold(40, 7919)).toBe(true)
})

test('of a bucket that takes too much memory nothing is known, nor of those before it; the next begins anew', () => {
  const known = new BucketKeys(4096, -1)
  known.add(7, 1)
  for (let hash = 1; hash <= 2000; hash++) known.add(8, hash)
  for (const bucket of [7, 8]) expect(known.mayHold(bucket, 4711)).toBe(true)
  known.add(9, 1)
  expect(known.mayHold(9, 1)).toBe(true)
  expect(known.mayHold(9, 2)).toBe(false)
})

test('buckets that are dropped give their memory back', () => {
  const known = new BucketKeys(4096, -1)
  for (const bucket of [0, 1]) for (let hash = 1; hash <= 200; hash++) known.add(bucket, hash)
  known.drop(2)
  for (let hash = 1; hash <= 400; hash++) known.add(2, hash)
  expect(known.mayHold(2, 401)).toBe(false)
  expect(known.mayHold(2, 400)).toBe(true)
  expect(known.mayHold(0, 401)).toBe(true)
})

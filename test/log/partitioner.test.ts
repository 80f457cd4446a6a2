import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2, partitionOf } from '../../src/log/partitioner.js'

const require = createRequire(import.meta.url)
const kafkajs = require('kafkajs') as { Partitioners: { DefaultPartitioner: () => (args: object) => number } }

test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])("murmur2 of %s is that of Kafka's UtilsTest", (text, hash) => {
  const bytes = Buffer.from(`..${text}..`)
  expect(murmur2(bytes, 2, bytes.length - 2)).toBe(hash)
})

test("keys go where kafkajs's default partitioner sends them", () => {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 0 }))
      const theirs = partitioner({ topic: 't', partitionMetadata, message: { key: Buffer.from(key), value: null } })
      expect(partitionOf(key, 0, key.length, partitions)).toBe(theirs)
    }),
  )
})

import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBatches } from '../../../src/log/batch/batch.js'
import { BatchBuilder } from '../../../src/log/batch/builder.js'
import { RecordHeaders } from '../../../src/record.js'
import { headersOf, plainRecord, readAll, unhex, type PlainRecord } from './arbitrary.js'

const require = createRequire(import.meta.url)
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0/index.js')
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder.js')
const Decoder = require('kafkajs/src/protocol/decoder.js')
const Record = require('kafkajs/src/protocol/recordBatch/record/v0/index.js')

/** kafkajs takes no null header values, and its headers are an object: names once, none that an object orders itself. */
const comparable = plainRecord.map(record => ({
  ...record,
  headers: record.headers.slice(0, 1).map(([name, value]): [string, string] => [`h${name}`, value ?? '']),
}))
const records = fc.array(comparable, { minLength: 1, maxLength: 20 })

async function encodeByKafkajs(input: readonly PlainRecord[], compression: number): Promise<Buffer> {
  const firstTimestamp = input[0]!.timestamp
  const encoded = await RecordBatch({
    compression,
    firstTimestamp,
    maxTimestamp: Math.max(...input.map(r => r.timestamp)),
    lastOffsetDelta: input.length - 1,
    producerId: 77,
    producerEpoch: 2,
    firstSequence: 5,
    transactional: true,
    records: input.map((r, offsetDelta) =>
      Record({
        offsetDelta,
        timestampDelta: r.timestamp - firstTimestamp,
        key: unhex(r.key),
        value: unhex(r.value),
        headers: Object.fromEntries(r.headers.map(([name, value]) => [name, unhex(value!)])),
      }),
    ),
  })
  return encoded.buffer
}

test.each([
  ['plain', 0],
  ['gzip', 1],
])('what kafkajs encodes is read (%s)', async (_, compression) => {
  await fc.assert(
    fc.asyncProperty(records, async input => {
      const [batch] = readBatches(await encodeByKafkajs(input, compression))
      batch!.verify()
      expect(readAll(batch!.cursor())).toEqual(input)
      expect(batch).toMatchObject({ producerId: 77n, producerEpoch: 2, baseSequence: 5, transactional: true })
    }),
  )
})

test('what is built decodes in kafkajs, and has the very bytes that kafkajs writes', async () => {
  await fc.assert(
    fc.asyncProperty(records, async input => {
      const builder = new BatchBuilder()
      for (const r of input) builder.append(r.timestamp, unhex(r.key), unhex(r.value), headersOf(r))
      const bytes = builder.finish({ producerId: 77, producerEpoch: 2, baseSequence: 5, transactional: true })
      const theirs = await encodeByKafkajs(input, 0)
      theirs.writeInt32BE(-1, 12) // the leader's epoch: 0 in kafkajs, -1 in Java's producer and here
      expect(bytes.equals(theirs)).toBe(true)
      const decoded = await decodeBatch(new Decoder(bytes))
      expect(decoded.records.map((r: { timestamp: string }) => Number(r.timestamp))).toEqual(
        input.map(r => r.timestamp),
      )
    }),
  )
})

test('header values that are null, and names that occur twice, survive', () => {
  const builder = new BatchBuilder()
  const headers = RecordHeaders.from([['a', null] as const, ['a', 'x'] as const, ['', ''] as const])
  builder.append(0, null, null, headers)
  const cursor = readBatches(builder.finish())[0]!.cursor()
  cursor.next()
  expect([...cursor.headers()]).toEqual([
    ['a', null],
    ['a', new Uint8Array([0x78])],
    ['', new Uint8Array(0)],
  ])
})

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/errors.js'
import { readBatches } from '../../../src/log/batch/batch.js'
import { BatchBuilder } from '../../../src/log/batch/builder.js'
import { RecordHeaders } from '../../../src/record.js'
import { headersOf, plainRecord, readAll, unhex } from './arbitrary.js'

const batchBytes = fc.array(plainRecord, { minLength: 1, maxLength: 5 }).map(records => {
  const builder = new BatchBuilder()
  for (const r of records) builder.append(r.timestamp, unhex(r.key), unhex(r.value), headersOf(r))
  return Buffer.from(builder.finish())
})

/** Reads everything; only the errors of damaged bytes may come out. */
function readDamaged(bytes: Buffer): void {
  try {
    for (const batch of readBatches(bytes)) readAll(batch.cursor())
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError)
    expect(['CORRUPT', 'UNSUPPORTED']).toContain((error as SluiceError).code)
  }
}

test('random bytes never hang, read out of bounds or throw anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => readDamaged(Buffer.from(bytes))),
    { numRuns: 500 },
  )
})

test('nor do damaged batches, and the checksum tells all damage behind it', () => {
  fc.assert(
    fc.property(batchBytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, where, xor) => {
      const position = where % bytes.length
      bytes[position]! ^= xor
      readDamaged(bytes)
      if (position < 17) return
      expect(() => readBatches(bytes).forEach(batch => batch.verify())).toThrow('CORRUPT')
    }),
    { numRuns: 500 },
  )
})

test('a cut-off last batch is left out', () => {
  fc.assert(
    fc.property(batchBytes, batchBytes, fc.nat(), (one, two, cut) => {
      const kept = one.length + (cut % two.length)
      const batches = readBatches(Buffer.concat([one, two]).subarray(0, kept))
      expect(batches.map(batch => [batch.start, batch.end])).toEqual([[0, one.length]])
    }),
  )
})

test.each([0, 1])('message format %i is refused by name', magic => {
  const bytes = Buffer.alloc(40)
  bytes.writeInt32BE(28, 8)
  bytes[16] = magic
  expect(() => readBatches(bytes)).toThrow(`UNSUPPORTED: the records are in message format ${magic}`)
})

function compressed(codec: number, records: Buffer): Buffer {
  const builder = new BatchBuilder()
  builder.append(0, null, Buffer.from('x'), RecordHeaders.none)
  const bytes = Buffer.concat([builder.finish().subarray(0, 61), records])
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt16BE(codec, 21)
  return bytes
}

test('codecs that are not here are named, with what to do', () => {
  expect(() => readBatches(compressed(5, Buffer.alloc(4)))[0]!.cursor()).toThrow(
    /UNSUPPORTED.*codec 5[^]*gzip, snappy, lz4, zstd/,
  )
  expect(() => readBatches(compressed(7, Buffer.alloc(4)))[0]!.cursor()).toThrow(/UNSUPPORTED.*codec 7/)
})

test('damaged gzip is CORRUPT, and so is a small batch that unpacks to more than memory should hold', () => {
  expect(() => readBatches(compressed(1, Buffer.from('no gzip')))[0]!.cursor()).toThrow('CORRUPT')
  const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 })
  expect(() => readBatches(compressed(1, bomb))[0]!.cursor()).toThrow('CORRUPT')
})

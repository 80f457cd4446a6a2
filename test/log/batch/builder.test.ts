import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBatches } from '../../../src/log/batch/batch.js'
import { BatchBuilder } from '../../../src/log/batch/builder.js'
import { RecordHeaders } from '../../../src/record.js'
import type { Serializer } from '../../../src/serde/serde.js'
import { headersOf, plainRecord, readAll, unhex, type PlainRecord } from './arbitrary.js'

/** Hex text as bytes, written in place; asks for room as avsc does. */
const hexInto: Serializer<string> = {
  serialize: text => Buffer.from(text, 'hex'),
  serializeInto(text, buffer, offset) {
    const room = buffer.length - offset - text.length / 2
    return room < 0 ? room : buffer.write(text, offset, 'hex')
  },
}
const hexPlain: Serializer<string> = { serialize: hexInto.serialize }

function add(builder: BatchBuilder, record: PlainRecord, way: number): void {
  const headers = headersOf(record)
  const key = unhex(record.key)
  const value = unhex(record.value)
  if (way === 0) return builder.append(record.timestamp, key, value, headers)
  const keyBuffer = Buffer.concat([Buffer.from('..'), key ?? Buffer.alloc(0), Buffer.from('..')])
  const keyEnd = key === null ? -1 : 2 + key.length
  const before = builder.bytes
  let added: number
  if (way === 1) added = builder.add(record.timestamp, keyBuffer, 2, keyEnd, record.value, hexInto, headers)
  else if (way === 2) added = builder.add(record.timestamp, keyBuffer, 2, keyEnd, record.value, hexPlain, headers)
  else {
    const valueBuffer = Buffer.concat([Buffer.from('.'), value ?? Buffer.alloc(0)])
    const valueEnd = value === null ? -1 : 1 + value.length
    added = builder.addRaw(record.timestamp, keyBuffer, 2, keyEnd, valueBuffer, 1, valueEnd, headers)
  }
  expect(builder.bytes - before).toBe(added)
}

test('what was appended is read again, whichever way it was appended', () => {
  const ways = fc.integer({ min: 0, max: 3 })
  fc.assert(
    fc.property(fc.array(fc.tuple(plainRecord, ways), { minLength: 1, maxLength: 30 }), fc.nat(400), (input, size) => {
      const builder = new BatchBuilder(size)
      for (const [record, way] of input) add(builder, record, way)
      expect(builder.count).toBe(input.length)
      const bytes = builder.finish({ producerId: 2n ** 40n, producerEpoch: 3, baseSequence: 7, transactional: true })
      expect(bytes.length).toBe(builder.bytes)
      const [batch, ...others] = readBatches(bytes)
      expect(others).toEqual([])
      batch!.verify()
      expect(readAll(batch!.cursor())).toEqual(input.map(([record]) => record))
      expect(batch).toMatchObject({ baseOffset: 0, lastOffset: input.length - 1, count: input.length })
      expect(batch!.maxTimestamp).toBe(Math.max(...input.map(([record]) => record.timestamp)))
      expect(batch).toMatchObject({ producerId: 2n ** 40n, producerEpoch: 3, baseSequence: 7, transactional: true })
      expect(batch).toMatchObject({ control: false, compression: 0, logAppendTime: false })
    }),
  )
})

test('a builder is empty again after reset, and can be finished twice with other stamps', () => {
  const builder = new BatchBuilder()
  builder.append(5, null, Buffer.from('a'), RecordHeaders.none)
  const first = Buffer.from(builder.finish())
  const [stamped] = readBatches(
    builder.finish({ producerId: 9, producerEpoch: 1, baseSequence: 0, transactional: false }),
  )
  stamped!.verify()
  expect(stamped!.producerId).toBe(9n)
  builder.reset()
  expect(builder).toMatchObject({ count: 0, bytes: 61, maxTimestamp: -1 })
  builder.append(5, null, Buffer.from('a'), RecordHeaders.none)
  expect(builder.finish().equals(first)).toBe(true)
})

test('a serializer that throws leaves the builder as it was', () => {
  const builder = new BatchBuilder()
  builder.append(1, Buffer.from('k'), Buffer.from('v'), RecordHeaders.none)
  const before = Buffer.from(builder.finish())
  const failing: Serializer<string> = {
    serialize: () => Buffer.alloc(0),
    serializeInto(_, buffer, offset) {
      buffer.fill(0xff, offset, offset + 100)
      throw new Error('no')
    },
  }
  expect(() => builder.add(2, Buffer.from('k'), 0, 1, 'x', failing, RecordHeaders.none)).toThrow('no')
  expect(builder.count).toBe(1)
  expect(builder.finish().equals(before)).toBe(true)
})

test('a serializer that lies about its length is told so', () => {
  const add = (length: number): number =>
    new BatchBuilder().add(
      1,
      Buffer.alloc(0),
      0,
      -1,
      'x',
      { serialize: () => Buffer.alloc(0), serializeInto: () => length },
      RecordHeaders.none,
    )
  expect(() => add(1e9)).toThrow('SERIALIZE')
  expect(() => add(Number.NaN)).toThrow('SERIALIZE')
})

test('a timestamp that is no whole number is refused, and so is an empty batch', () => {
  const builder = new BatchBuilder()
  expect(() => builder.append(Number.NaN, null, null, RecordHeaders.none)).toThrow('BAD_ARGUMENT')
  expect(() => builder.append(0.5, null, null, RecordHeaders.none)).toThrow('BAD_ARGUMENT')
  expect(() => builder.finish()).toThrow('BAD_ARGUMENT')
  builder.append(10, null, null, RecordHeaders.none)
  expect(() => builder.append(10.5, null, null, RecordHeaders.none)).toThrow('BAD_ARGUMENT')
  expect(builder.count).toBe(1)
})

test('the last record can be taken back, once', () => {
  const builder = new BatchBuilder(100)
  expect(() => builder.undo()).toThrow('BAD_ARGUMENT')
  builder.append(5, Buffer.from('k'), Buffer.from('first'), RecordHeaders.none)
  const before = Buffer.from(builder.finish())
  builder.append(9, null, Buffer.alloc(10_000), RecordHeaders.from({ h: 'x' }))
  builder.undo()
  expect(builder).toMatchObject({ count: 1, bytes: before.length, maxTimestamp: 5 })
  expect(builder.finish().equals(before)).toBe(true)
  expect(() => builder.undo()).toThrow('BAD_ARGUMENT')
})

test('a batch whose first record was taken back begins with the next one', () => {
  const builder = new BatchBuilder()
  builder.append(9, null, Buffer.from('gone'), RecordHeaders.none)
  builder.undo()
  builder.append(4, null, Buffer.from('stays'), RecordHeaders.none)
  const [batch] = readBatches(builder.finish())
  expect(batch).toMatchObject({ count: 1, baseTimestamp: 4, maxTimestamp: 4 })
  expect(readAll(batch!.cursor()).map(record => record.timestamp)).toEqual([4])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBatches } from '../../../src/log/batch/batch.js'
import { BatchBuilder } from '../../../src/log/batch/builder.js'
import { RecordHeaders } from '../../../src/record.js'
import { runs } from '../../store/runs.js'

// Numbers of one to five bytes each: lengths around 2^6 and 2^13, times around 2^13 and 2^20, both ways.
const length = fc.oneof(
  fc.constant(-1),
  fc.nat(3),
  fc.integer({ min: 60, max: 70 }),
  fc.integer({ min: 8185, max: 8200 }),
)
const around = (bits: number) => fc.integer({ min: 2 ** bits - 3, max: 2 ** bits + 3 })
const step = fc.oneof(fc.nat(3), around(6), around(13), around(20), around(27), around(34))
const delta = fc.tuple(step, fc.boolean()).map(([size, back]) => (back ? -size : size))
const record = fc.record({ key: length, value: length, delta, headers: fc.boolean() })

test('records of any length and time are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), list => {
      const bytes = (size: number, fill: number) => (size < 0 ? null : Buffer.alloc(size, fill))
      // Of thousands of bytes, which toEqual would go through one by one.
      const digits = (each: Buffer | null) => each?.toString('hex')
      const base = 2 ** 41
      const builder = new BatchBuilder()
      list.forEach(({ key, value, delta, headers }, i) => {
        const some = headers ? RecordHeaders.from({ name: 'x' }) : RecordHeaders.none
        builder.append(base + delta, bytes(key, i), bytes(value, i + 100), some)
      })
      const cursor = readBatches(Buffer.from(builder.finish()))[0]!.cursor()
      list.forEach(({ key, value, delta, headers }, i) => {
        expect(cursor.next()).toBe(true)
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        expect([cursor.offset, cursor.timestamp]).toEqual([i, base + delta])
        expect(keyEnd < 0 ? undefined : buffer.toString('hex', keyStart, keyEnd)).toBe(digits(bytes(key, i)))
        const read = valueEnd < 0 ? undefined : buffer.toString('hex', valueStart, valueEnd)
        expect(read).toBe(digits(bytes(value, i + 100)))
        expect([...cursor.headers()].length).toBe(headers ? 1 : 0)
      })
      expect(cursor.next()).toBe(false)
    }),
    runs(1_000),
  )
})

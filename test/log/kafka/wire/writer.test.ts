import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireReader } from '../../../../src/log/kafka/wire/reader.js'
import { Writer } from '../../../../src/log/kafka/wire/writer.js'

type Field =
  | { readonly type: 'int8' | 'int16' | 'int32' | 'int64' | 'uvarint'; readonly value: number }
  | { readonly type: 'string' | 'compactString'; readonly value: string | null }
  | { readonly type: 'bytes' | 'reference'; readonly value: Uint8Array }
  | { readonly type: 'array' | 'compactArray'; readonly value: number[] }

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 400 }))
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ type: fc.constant('int8' as const), value: fc.integer({ min: -128, max: 127 }) }),
  fc.record({ type: fc.constant('int16' as const), value: fc.integer({ min: -32768, max: 32767 }) }),
  fc.record({ type: fc.constant('int32' as const), value: fc.integer() }),
  fc.record({ type: fc.constant('int64' as const), value: fc.maxSafeInteger() }),
  fc.record({ type: fc.constant('uvarint' as const), value: fc.nat() }),
  fc.record({ type: fc.constantFrom('string' as const, 'compactString' as const), value: text }),
  fc.record({
    type: fc.constantFrom('bytes' as const, 'reference' as const),
    value: fc.uint8Array({ maxLength: 2000 }),
  }),
  fc.record({ type: fc.constantFrom('array' as const, 'compactArray' as const), value: fc.array(fc.integer()) }),
)

function write(to: Writer, one: Field): Writer {
  switch (one.type) {
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uvarint':
      return to[one.type](one.value)
    case 'string':
    case 'compactString':
      return to[one.type](one.value)
    case 'bytes':
      return to.bytes(one.value)
    case 'reference':
      return to.int32(one.value.length).reference(Buffer.from(one.value))
    case 'array':
    case 'compactArray':
      return to[one.type](one.value, value => to.int32(value))
  }
}

function read(from: WireReader, one: Field): unknown {
  if (one.type === 'string') return from.nullableString()
  if (one.type === 'compactString') return from.compactNullableString()
  if (one.type === 'bytes' || one.type === 'reference') return new Uint8Array(from.bytes())
  if (one.type === 'array' || one.type === 'compactArray') return from[one.type](() => from.int32())
  return from[one.type]()
}

describe('the wire types', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), fields => {
        const to = new Writer()
        for (const one of fields) write(to, one)
        const size = to.size
        const bytes = Buffer.concat(to.parts())
        expect(bytes.length).toBe(size)
        const from = new WireReader(bytes)
        expect(fields.map(one => read(from, one))).toEqual(fields.map(one => one.value))
        expect(from.position).toBe(bytes.length)
      }),
    )
  })

  test('a referenced buffer is not copied', () => {
    const batch = Buffer.alloc(100_000, 7)
    expect(new Writer().int32(1).reference(batch).int32(2).parts()).toContain(batch)
  })

  test('damaged bytes end in an error, not in a hang or in other memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(field, { maxLength: 6 }), (bytes, fields) => {
        const from = new WireReader(Buffer.from(bytes))
        try {
          for (const one of fields) read(from, one)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
        expect(from.position).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })

  test('tagged fields are passed over', () => {
    // Two of them: tag 0 with 3 bytes, tag 200 with none.
    const from = new WireReader(Buffer.from([2, 0, 3, 9, 9, 9, 0xc8, 0x01, 0, 5]))
    from.tags()
    expect(from.int8()).toBe(5)
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeSerde } from '../../src/operators/change.js'

const text = {
  name: 'text',
  serialize: (value: string): Uint8Array => Buffer.from(value, 'utf8'),
  deserialize: (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8'),
}
const serde = changeSerde(text)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the bytes of Kafka Streams’ ChangedSerializer', () => {
  expect(hex(serde.serialize({ next: null, old: 'ab' }))).toBe('616200')
  expect(hex(serde.serialize({ next: 'ab', old: null }))).toBe('616201')
  expect(hex(serde.serialize({ next: 'ab', old: 'c' }))).toBe('0461626302')
  expect(hex(serde.serialize({ next: 'x'.repeat(64), old: '' })).slice(0, 4)).toBe('8001')
  expect(serde.name).toBe('change(text)')
})

test('any change comes back', () => {
  const value = fc.oneof(fc.string(), fc.string({ minLength: 60, maxLength: 20_000 }))
  fc.assert(
    fc.property(fc.option(value), fc.option(value), (next, old) => {
      fc.pre(next !== null || old !== null)
      expect(serde.deserialize(serde.serialize({ next, old }))).toEqual({ next, old })
    }),
  )
})

test('a change of nothing is not written', () => {
  expect(() => serde.serialize({ next: null, old: null })).toThrow(expect.objectContaining({ code: 'SERIALIZE' }))
})

test.each(['', '03', '6105', 'ffffffffff6102', '0a6102', '02'])('damaged bytes %s are refused', bytes => {
  expect(() => serde.deserialize(Buffer.from(bytes, 'hex'))).toThrow(expect.objectContaining({ code: 'DESERIALIZE' }))
})

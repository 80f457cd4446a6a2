import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAscii, readLatin1, readUtf8 } from '../../src/serde/text.js'
import { runs } from '../store/runs.js'

const ascii = fc.integer({ min: 0, max: 0x7f })
const bytes = fc.oneof(
  fc.array(ascii, { maxLength: 40, size: 'max' }),
  fc.array(fc.oneof({ weight: 9, arbitrary: ascii }, { weight: 1, arbitrary: fc.nat(255) }), {
    maxLength: 40,
    size: 'max',
  }),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => [...Buffer.from(text)]),
)

test('texts of any length are what Node reads, wherever they lie in a buffer', () => {
  fc.assert(
    fc.property(bytes, fc.nat(9), fc.nat(9), (list, before, behind) => {
      const buffer = Buffer.from([...Array<number>(before).fill(0xc3), ...list, ...Array<number>(behind).fill(0x41)])
      const end = before + list.length
      expect(readUtf8(buffer, before, end)).toBe(buffer.toString('utf8', before, end))
      expect(readLatin1(buffer, before, end)).toBe(buffer.toString('latin1', before, end))
      expect(isAscii(buffer, before, end)).toBe(list.every(byte => byte < 0x80))
    }),
    runs(2_000),
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, float64, int32, int64, long, string, windowed, type Serde } from '../../src/serde/index.js'
import { serdeContract, type SerdeCase } from './serde.contract.js'

const time = fc.integer({ min: 0, max: 2 ** 50 })
const cases: SerdeCase<any>[] = [
  { serde: string, values: fc.string({ unit: 'binary', maxLength: 60 }), wrong: [1, null, undefined, {}, 1n] },
  { serde: int32, values: fc.integer(), wrong: [1.5, 2 ** 31, -(2 ** 31) - 1, NaN, '1', 1n, null] },
  { serde: long, values: fc.maxSafeInteger(), wrong: [1.5, 2 ** 53, -(2 ** 53), NaN, Infinity, '1', 1n, undefined] },
  {
    serde: int64,
    values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    wrong: [1, 2n ** 63n, -(2n ** 63n) - 1n, null],
  },
  { serde: float64, values: fc.double(), wrong: ['1', null, 1n, undefined] },
  { serde: bytes, values: fc.uint8Array(), wrong: ['a', null, [1], new ArrayBuffer(1)] },
  {
    serde: windowed(string),
    values: fc
      .tuple(fc.string(), time, time)
      .map(([key, a, b]) => ({ key, start: Math.min(a, b), end: Math.max(a, b) })),
    wrong: [
      null,
      { key: 'a' },
      { key: 'a', start: 2, end: 1 },
      { key: 1, start: 0, end: 1 },
      { key: 'a', start: 0.5, end: 1 },
    ],
  },
  {
    serde: windowed<Uint8Array>({ serialize: value => value, deserialize: value => value, name: 'own' }),
    values: fc.tuple(fc.uint8Array(), time).map(([key, start]) => ({ key, start, end: start + 1 })),
    wrong: [undefined],
  },
]

describe.each(cases.map(each => [each.serde.name, each] as const))('%s', (_, each) => serdeContract(each))

// Bytes as Kafka's serializers write them: Integer-, Long-, Double- and StringSerializer, SessionWindowedSerializer.
test.each<[Serde<any>, unknown, string]>([
  [string, 'aé€𐍈', '61c3a9e282acf0908d88'],
  [string, 'a longer text beyond the loop', Buffer.from('a longer text beyond the loop').toString('hex')],
  [string, '', ''],
  [int32, 1, '00000001'],
  [int32, -2, 'fffffffe'],
  [int32, 2147483647, '7fffffff'],
  [long, 1, '0000000000000001'],
  [long, -1, 'ffffffffffffffff'],
  [long, -(2 ** 32), 'ffffffff00000000'],
  [long, -(2 ** 32) - 1, 'fffffffeffffffff'],
  [long, Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  [long, Number.MIN_SAFE_INTEGER, 'ffe0000000000001'],
  [int64, -1n, 'ffffffffffffffff'],
  [int64, 2n ** 63n - 1n, '7fffffffffffffff'],
  [float64, 1.5, '3ff8000000000000'],
  [float64, -0, '8000000000000000'],
  [windowed(string), { key: 'k', start: 1, end: 2 }, '6b00000000000000020000000000000001'],
])('$0.name writes $1 as $2', (serde, value, hex) => {
  expect(Buffer.from(serde.serialize(value)).toString('hex')).toBe(hex)
  expect(serde.deserialize(Buffer.from(hex, 'hex'))).toEqual(value)
})

test('text that is not well-formed becomes U+FFFD, in both directions', () => {
  expect(Buffer.from(string.serialize('a\ud800b')).toString('hex')).toBe('61efbfbd62')
  expect(string.deserialize(Buffer.from('61ff62', 'hex'))).toBe('a\ufffdb')
})

test('long says which serde reads what it cannot', () => {
  expect(() => long.deserialize(int64.serialize(2n ** 53n))).toThrow(/9007199254740992.*int64/s)
  expect(() => long.deserialize(int64.serialize(-(2n ** 60n)))).toThrow(/DESERIALIZE/)
})

test.each([int32, long, int64, float64])('$name says how long its bytes are', serde => {
  expect(() => (serde as Serde<unknown>).deserialize(new Uint8Array(3))).toThrow(/DESERIALIZE: .*3 bytes.*big-endian/s)
})

test('windowed refuses a window that ends before it starts', () => {
  const reversed = Buffer.from('6b00000000000000010000000000000002', 'hex')
  expect(() => windowed(string).deserialize(reversed)).toThrow(/a window from 2 to 1/)
})

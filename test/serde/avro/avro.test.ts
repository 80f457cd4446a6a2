import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avro, type AvroValue, type Serde } from '../../../src/serde/index.js'
import { serdeContract } from '../serde.contract.js'

const job = {
  type: 'record',
  name: 'Job',
  namespace: 'flights',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['started', 'completed'] } },
    { name: 'before', type: ['null', 'Status'], default: null },
    { name: 'children', type: { type: 'array', items: 'Job' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'size', type: 'long' },
    { name: 'ratio', type: 'double' },
    { name: 'labels', type: { type: 'map', values: ['null', 'int', 'string', 'boolean'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'raw', type: 'bytes' },
  ],
} as const
type Job = AvroValue<typeof job>

const status = fc.constantFrom('started' as const, 'completed' as const)
const { job: jobs } = fc.letrec<{ job: Job }>(tie => ({
  job: fc.record({
    id: fc.string(),
    status,
    before: fc.option(status),
    children: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constant<Job[]>([]),
      fc.array(tie('job'), { maxLength: 2 }),
    ),
    at: fc.date({ noInvalidDate: true }),
    day: fc.integer({ min: -100_000, max: 100_000 }).map(day => new Date(day * 86_400_000)),
    size: fc.maxSafeInteger(),
    ratio: fc.double(),
    labels: fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), {
      noNullPrototype: true,
    }),
    hash: fc.uint8Array({ minLength: 2, maxLength: 2 }).map(bytes => Buffer.from(bytes)),
    raw: fc.uint8Array().map(bytes => Buffer.from(bytes)),
  }),
}))
const sample: Job = {
  id: 'a',
  status: 'started',
  before: null,
  children: [],
  at: new Date(0),
  day: new Date(0),
  size: 1,
  ratio: 0.5,
  labels: {},
  hash: Buffer.alloc(2),
  raw: Buffer.alloc(0),
}

describe('a record of everything', () =>
  serdeContract({
    serde: avro(job),
    values: jobs,
    wrong: [
      null,
      undefined,
      'text',
      {},
      { ...sample, status: 'done' },
      { ...sample, size: 1n },
      { ...sample, size: 2 ** 53 },
      { ...sample, at: 5 },
      { ...sample, at: new Date(NaN) },
      { ...sample, day: new Date(5) },
      { ...sample, hash: Buffer.alloc(3) },
      { ...sample, raw: 'text' },
    ],
  }))
describe('longs as bigint', () =>
  serdeContract({
    serde: avro({ type: 'array', items: ['null', 'long', 'string'] }, { long: 'bigint' }),
    values: fc.array(fc.oneof(fc.constant(null), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.string())),
    wrong: [[1], [2n ** 63n], null],
  }))
describe('a primitive', () => serdeContract({ serde: avro('string'), values: fc.string(), wrong: [1, null] }))
describe('what takes no bytes', () =>
  serdeContract<any>({
    serde: avro({ type: 'array', items: ['null', { type: 'record', name: 'Empty', fields: [] }] }),
    values: fc.array(fc.constantFrom(null, {})),
    wrong: [{}, null],
  }))
describe('maps of arrays', () =>
  serdeContract({
    serde: avro({ type: 'map', values: { type: 'array', items: 'null' } }),
    values: fc.dictionary(fc.string(), fc.array(fc.constant(null)), { noNullPrototype: true }),
    wrong: [[], { a: [1] }],
  }))

describe('longs, exact to the last', () =>
  serdeContract({
    serde: avro('long'),
    values: fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(
        ...[52, 53].flatMap(bits => [2 ** bits - 1, 1 - 2 ** bits, 2 ** (bits - 1), -(2 ** (bits - 1)) - 1]),
      ),
    ),
    wrong: [2 ** 53, -(2 ** 53), 1.5, NaN, 1n, '1'],
  }))

test('what is read is plain objects, equal to those that were written', () => {
  const inner = { type: 'error', name: 'Inner', fields: [{ name: 'z', type: 'string' }] } as const
  const schema = {
    type: 'record',
    name: 'Outer',
    fields: [
      { name: 'one', type: ['null', inner] },
      { name: 'many', type: { type: 'array', items: 'Inner' } },
    ],
  } as const
  const value = { one: { z: 'a' }, many: [{ z: 'b' }] }
  const bytes = avro(schema).serialize(value)
  expect(avro(schema).deserialize(bytes)).toStrictEqual(value)
  expect(avro(schema, { writer: schema }).deserialize(bytes)).toStrictEqual(value)
})

test('longs as numbers have the bytes of longs as bigints', () => {
  const big = avro('long', { long: 'bigint' })
  for (let bits = 0; bits < 54; bits++) {
    for (const value of [2 ** bits - 1, -(2 ** bits) + 1, Math.min(2 ** bits, 2 ** 53 - 1)]) {
      expect(hex(avro('long').serialize(value))).toBe(hex(big.serialize(BigInt(value))))
    }
  }
  expect(() => avro('long').deserialize(big.serialize(2n ** 53n))).toThrow(/beyond 2\^53.*bigint/)
  expect(() => avro('long').deserialize(big.serialize(-(2n ** 53n)))).toThrow(/beyond 2\^53/)
  expect(() => avro('long').deserialize(Buffer.alloc(11, 0x80))).toThrow(/more than 10 bytes/)
})

test('the bytes are those of the Avro specification', () => {
  expect(hex(avro('long').serialize(-64))).toBe('7f')
  expect(hex(avro('string').serialize('foo'))).toBe('06666f6f')
  expect(hex(avro(['null', 'string']).serialize('a'))).toBe('020261')
  expect(hex(avro({ type: 'array', items: 'long' }).serialize([3, 27]))).toBe('04063600')
})

test('the bytes are avsc’s own', () => {
  const reference = avsc.Type.forSchema(
    {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: { type: 'array', items: 'double' } },
        { name: 'b', type: 'bytes' },
      ],
    },
    { wrapUnions: 'never' },
  )
  const serde = avro({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: { type: 'array', items: 'double' } },
      { name: 'b', type: 'bytes' },
    ],
  })
  const value = { a: [1.5, -2], b: Buffer.from('x') }
  expect(hex(serde.serialize(value))).toBe(hex(reference.toBuffer(value)))
  // blocks of a negative count carry their size in bytes
  expect(avro({ type: 'array', items: 'int' }).deserialize(Buffer.from('030406080000'.slice(0, 10), 'hex'))).toEqual([
    3, 4,
  ])
})

test('an error names the fields that are wrong', () => {
  const wrong = { ...sample, status: 'done', children: [{ ...sample, size: 'x' }] } as unknown as Job
  const error = caught(() => avro(job).serialize(wrong))
  expect(error.message).toContain('field status must be')
  expect(error.message).toContain('not "done"')
  expect(error.message).toMatch(/field children\.0\.size must be "long", not "x"/)
})

test('an error asks for a Date where one belongs', () => {
  const at = { type: 'long', logicalType: 'timestamp-millis' } as const
  const visit = avro({
    type: 'record',
    name: 'Visit',
    fields: [
      { name: 'from', type: at },
      { name: 'to', type: ['null', at] },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
    ],
  })
  const given = { from: 1_700_000_000_000, to: '2026-11-23', day: new Date(Number.NaN) }
  const error = caught(() => visit.serialize(given as never))
  expect(error.message).toContain('field from must be "Date", not 1700000000000')
  expect(error.message).toContain('field to must be "Date", not "2026-11-23"')
  expect(error.message).toContain('field day must be "int", not NaN')
})

test.each([
  ['too short', '02', /end too early/],
  ['too long', '026161', /1 are left over/],
  ['nothing', '', /end too early/],
])('bytes that are %s are refused', (_, bytes, why) => {
  expect(() => avro('string').deserialize(Buffer.from(bytes, 'hex'))).toThrow(why)
})

test('the symbols of an enum may be called as what every object has', () => {
  const symbols = ['toString', 'constructor', '__proto__'] as const
  const serde = avro({ type: 'enum', name: 'E', symbols })
  for (const symbol of symbols) expect(serde.deserialize(serde.serialize(symbol))).toBe(symbol)
  expect(() => serde.serialize('valueOf' as never)).toThrow(/SERIALIZE/)
})

test.each<[string, Serde<any>, unknown[]]>([
  ['int', avro('int'), [1n, Symbol('s'), Object.create(null)]],
  ['enum', avro({ type: 'enum', name: 'E', symbols: ['x'] }), ['toString', '__proto__', ['x'], Object.create(null)]],
  ['map', avro({ type: 'map', values: 'int' }), [new Map([['a', 1]]), new Date(0), Buffer.of(1), [1]]],
  ['field', avro({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }), [{ a: 1n }]],
])('what is no %s is refused', (_, serde, values) => {
  for (const value of values) expect(() => serde.serialize(value)).toThrow(/SERIALIZE/)
})

test('what has more than 32 bits is no int', () => {
  const bytes = avro('long').serialize(2 ** 40)
  for (const type of ['int', { type: 'int' }, { type: 'int', logicalType: 'date' }]) {
    expect(() => avro<unknown>(type).deserialize(bytes)).toThrow(/DESERIALIZE.*no int/)
  }
  expect(avro('int').deserialize(avro('long').serialize(2 ** 31 - 1))).toBe(2 ** 31 - 1)
  expect(avro('int').deserialize(avro('long').serialize(-(2 ** 31)))).toBe(-(2 ** 31))
})

test('bytes beyond the end are never taken, though the buffer goes on', () => {
  const buffer = Buffer.from('0a616263646566', 'hex') // a string of 5, of which 3 belong to the value
  expect(() => avro('string').deserializeFrom!(buffer, 0, 4)).toThrow(/end too early/)
})

test.each([
  ['an array', { type: 'array', items: 'int' }],
  ['an array of nothing', { type: 'array', items: 'null' }],
  ['a map', { type: 'map', values: 'int' }],
  ['a fixed', { type: 'record', name: 'F', fields: [{ name: 'a', type: { type: 'array', items: 'boolean' } }] }],
])('a count of 2^50 in %s is refused at once', (_, schema) => {
  const serde = avro<unknown>(schema)
  const count = Buffer.from(avro('long').serialize(2 ** 50))
  const started = performance.now()
  expect(() => serde.deserialize(count)).toThrow(/DESERIALIZE/)
  expect(performance.now() - started).toBeLessThan(1000)
})

test('a skipped array does not loop either', () => {
  const writer = { type: 'record', name: 'R', fields: [{ name: 'old', type: { type: 'array', items: 'int' } }] }
  const serde = avro<object>({ type: 'record', name: 'R', fields: [] }, { writer })
  expect(() => serde.deserialize(avro('long').serialize(2 ** 50))).toThrow(/DESERIALIZE/)
})

test.each([
  ['nonsense'],
  [{ type: 'record', name: 'R' }],
  [{ type: 'enum', name: 'E', symbols: [] }],
  [['int', 'int']],
  [{ type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }] }],
])('%j is no schema', schema => {
  expect(() => avro<unknown>(schema as object)).toThrow(/BAD_ARGUMENT: avro: .*\n.*specification/)
})

test('a name in a namespace means the same wherever it stands', () => {
  const serde = avro({
    type: 'record',
    name: 'Outer',
    namespace: 'a',
    fields: [
      { name: 'x', type: { type: 'enum', name: 'Kind', symbols: ['x'] } },
      {
        name: 'in',
        type: {
          type: 'record',
          name: 'b.Inner',
          fields: [
            { name: 'y', type: { type: 'enum', name: 'Kind', symbols: ['y'] } },
            { name: 'mine', type: 'Kind' },
            { name: 'theirs', type: 'a.Kind' },
          ],
        },
      },
    ],
  })
  const value = { x: 'x', in: { y: 'y', mine: 'y', theirs: 'x' } } as const
  expect(serde.deserialize(serde.serialize(value))).toEqual(value)
})

test('a logical type on another type than its own is ignored', () => {
  const serde = avro({ type: 'long', logicalType: 'date' })
  expect(serde.deserialize(serde.serialize(5))).toBe(5)
})

test('a time that no Date holds is refused', () => {
  const serde = avro({ type: 'long', logicalType: 'timestamp-millis' })
  expect(() => serde.deserialize(avro('long').serialize(2 ** 53 - 10))).toThrow(/DESERIALIZE.*beyond what a Date holds/)
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function caught(act: () => unknown): Error {
  try {
    act()
  } catch (thrown) {
    return thrown as Error
  }
  throw new Error('nothing was thrown')
}

import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avro, type AvroValue, type Serde } from '../../src/serde/index.js'
import { serdeContract } from './serde.contract.js'

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

describe('unions', () => {
  const two = avro([
    { type: 'record', name: 'A', fields: [{ name: 'id', type: 'string' }] },
    {
      type: 'record',
      name: 'B',
      fields: [
        { name: 'id', type: 'string' },
        { name: 'size', type: 'int' },
      ],
    },
    { type: 'record', name: 'C', fields: [{ name: 'id', type: 'string' }] },
  ])

  test('take the branch that has all fields of a value', () => {
    expect({ ...two.deserialize(two.serialize({ id: 'x', size: 1 })) }).toEqual({ id: 'x', size: 1 })
    expect(two.serialize({ id: 'x', size: 1 })[0]).toBe(2)
    expect(two.serialize({ id: 'x' })[0]).toBe(0)
  })

  test('write a record that was read to the branch it came from', () => {
    const bytes = Buffer.from('040278', 'hex')
    expect(hex(two.serialize(two.deserialize(bytes)))).toBe('040278')
  })

  test.each<[string, Serde<any>, unknown[]]>([
    ['int and long', avro(['int', 'long']), [1, 2 ** 40]],
    ['int and double', avro(['int', 'double']), [1, 1.5]],
    ['enum and string', avro([{ type: 'enum', name: 'E', symbols: ['x'] }, 'string']), ['x', 'y']],
    [
      'null, date and record',
      avro(['null', { type: 'int', logicalType: 'date' }, { type: 'record', name: 'R', fields: [] }]),
      [null, new Date(0), {}],
    ],
    [
      'map and record',
      avro([
        { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] },
        { type: 'map', values: 'int' },
      ]),
      [{ a: 1 }, { b: 2 }],
    ],
    ['bigint long and int', avro(['null', 'int', 'long'], { long: 'bigint' }), [5, 5n, 2n ** 40n]],
    ['float and long', avro(['float', 'long']), [0.5, 362_265_811, Number.NaN]],
    ['float and double', avro(['float', 'double']), [0.5, 0.1, Infinity]],
    ['long and double', avro(['long', 'double']), [1, -0]],
    [
      'int, enum and map',
      avro(['int', { type: 'enum', name: 'E', symbols: ['x'] }, { type: 'map', values: 'int' }]),
      [1, 'x', { toString: 1, valueOf: 2 }],
    ],
    [
      'enum and string',
      avro([{ type: 'enum', name: 'E', symbols: ['x'] }, 'string']),
      ['x', 'toString', 'constructor', '__proto__', 'hasOwnProperty'],
    ],
    [
      'enum and array',
      avro([
        { type: 'enum', name: 'E', symbols: ['x'] },
        { type: 'array', items: 'string' },
      ]),
      [['x'], 'x'],
    ],
    [
      'a record that may be empty, map, bytes, array and time',
      avro([
        { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 0 }] },
        { type: 'map', values: 'int' },
        'bytes',
        { type: 'array', items: 'int' },
        { type: 'long', logicalType: 'timestamp-millis' },
      ]),
      [{ a: 1 }, { b: 1 }, { toString: 1 }, Buffer.of(), Buffer.of(1), [], [1], new Date(5)],
    ],
  ])('of %s give values back equal', (_, serde, values) => {
    for (const value of values) expect(serde.deserialize(serde.serialize(value))).toEqual(value)
  })

  test('refuse what no branch takes, and a branch that is not there', () => {
    expect(() => avro(['null', 'string']).serialize(5 as never)).toThrow(/SERIALIZE/)
    expect(() => avro(['int', 'string']).deserialize(Buffer.from('0400', 'hex'))).toThrow(/no branch 2/)
    expect(() => avro(['int', 'string']).deserialize(Buffer.from('01', 'hex'))).toThrow(/no branch -1/)
  })
})

describe('evolution', () => {
  const older = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'id', type: 'int' },
      { name: 'gone', type: { type: 'map', values: 'string' } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'note', type: 'string' },
    ],
  } as const
  const newer = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'added', type: { type: 'array', items: 'string' }, default: [] },
    ],
  } as const

  test('reads what an older schema wrote: fields gone, added, widened, made optional', () => {
    const bytes = avro(older).serialize({ id: 5, gone: { a: 'b' }, at: new Date(7), note: 'n' })
    const serde = avro(newer, { writer: older })
    expect({ ...serde.deserialize(bytes) }).toEqual({ id: 5, at: new Date(7), note: 'n', added: [] })
    expect({ ...avro(newer, { writer: older, long: 'bigint' }).deserialize(bytes) }).toMatchObject({
      id: 5n,
      at: new Date(7),
    })
  })

  test('writes the newer schema', () => {
    const value = { id: 1, at: new Date(0), note: null, added: ['x'] }
    expect(hex(avro(newer, { writer: older }).serialize(value))).toBe(hex(avro(newer).serialize(value)))
  })

  const linked = (value: string, ...more: object[]) => ({
    type: 'record',
    name: 'L',
    fields: [{ name: 'v', type: value }, { name: 'n', type: ['null', 'L'] }, ...more],
  })

  test('of a record within itself', () => {
    const bytes = avro<unknown>(linked('int')).serialize({ v: 1, n: { v: 2, n: null } })
    const reader = linked('long', { name: 'z', type: 'string', default: 'z' })
    const serde = avro<unknown>(reader, { writer: linked('int') })
    expect(serde.deserialize(bytes)).toEqual({ v: 1, n: { v: 2, n: null, z: 'z' }, z: 'z' })
  })

  test('of a long to a time, where longs are bigints', () => {
    const millis = { type: 'long', logicalType: 'timestamp-millis' } as const
    const serde = avro(millis, { writer: 'long', long: 'bigint' })
    const long = avro('long', { long: 'bigint' })
    expect(serde.deserialize(long.serialize(7n))).toEqual(new Date(7))
    expect(() => serde.deserialize(long.serialize(2n ** 60n))).toThrow(/DESERIALIZE.*beyond what a Date holds/)
  })

  test('of names in another namespace; in a union the full name goes first', () => {
    const point = (namespace: string, field: string) => ({
      type: 'record',
      name: 'Point',
      namespace,
      fields: [
        { name: 'x', type: 'int' },
        { name: field, type: { type: 'enum', name: 'Side', symbols: ['left'] }, default: 'left' },
      ],
    })
    const writer = point('b', 'side')
    const bytes = avro<unknown>(writer).serialize({ x: 1, side: 'left' })
    expect(avro<unknown>(point('a', 'side'), { writer }).deserialize(bytes)).toEqual({ x: 1, side: 'left' })
    const union = [point('a', 'other'), point('b', 'side')]
    expect(avro<unknown>(union, { writer }).deserialize(bytes)).toEqual({ x: 1, side: 'left' })
  })

  const named = (...fields: readonly object[]) => ({
    type: 'record',
    name: 'R',
    fields: [{ name: 'a', type: 'string' }, ...fields, { name: 'z', type: 'int' }],
  })

  test.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty', 'isPrototypeOf', '__defineGetter__'])(
    'of a field %s: there twice, gone, added, and under another name',
    name => {
      const [field, renamed] = [
        { name, type: 'string' },
        { name: 'b', type: 'string', aliases: [name] },
      ]
      const added = { ...field, default: 'new' }
      const bytes = avro<unknown>(named(field)).serialize({ a: 'x', [name]: 'y', z: 1 })
      const read = (reader: object, writer: object, from: Uint8Array) => ({
        ...(avro<unknown>(reader, { writer }).deserialize(from) as object),
      })
      expect(read(named(added), named(field), bytes)).toEqual({ a: 'x', [name]: 'y', z: 1 })
      expect(read(named(), named(field), bytes)).toEqual({ a: 'x', z: 1 })
      expect(read(named(renamed), named(field), bytes)).toEqual({ a: 'x', b: 'y', z: 1 })
      expect(read(named({ ...added, aliases: ['b'] }), named(renamed), bytes)).toEqual({ a: 'x', [name]: 'y', z: 1 })
      const without = avro<unknown>(named()).serialize({ a: 'x', z: 1 })
      expect(read(named(added), named(), without)).toEqual({ a: 'x', [name]: 'new', z: 1 })
      expect(() => avro<unknown>(named(field), { writer: named() })).toThrow(/no matching field/)
    },
  )

  test('of a record called as a field with _ before it', () => {
    const schema = { type: 'record', name: '_v', fields: [{ name: 'v', type: 'int' }] } as const
    expect({ ...avro(schema, { writer: schema }).deserialize(avro(schema).serialize({ v: 1 })) }).toEqual({ v: 1 })
  })

  test('refuses at once what cannot be read', () => {
    const other = { type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }] } as const
    expect(() => avro(newer, { writer: other })).toThrow(/BAD_ARGUMENT.*cannot be read/)
  })
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

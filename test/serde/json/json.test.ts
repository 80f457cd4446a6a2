import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json, type SchemaIssue, type StandardSchema } from '../../../src/serde/index.js'
import { serdeContract } from '../serde.contract.js'

interface Order {
  id: string
  total: number
}

const order = schema<Order>(value => {
  const { id, total } = value as Partial<Order>
  if (typeof id !== 'string') return { issues: [{ message: 'must be a string', path: ['id'] }] }
  if (typeof total !== 'number') return { issues: [{ message: 'must be a number', path: [{ key: 'total' }] }] }
  return { value: { id, total } }
})

describe('json()', () =>
  serdeContract({
    serde: json(),
    values: fc
      .jsonValue()
      .filter(value => !JSON.stringify(value).includes('-0'))
      .map(withoutNegativeZero),
    wrong: [undefined, NaN, Infinity, () => 1, Symbol('s'), 1n, { a: 1n }],
  }))

describe('json(schema)', () =>
  serdeContract({
    serde: json(order),
    values: fc.record({ id: fc.string({ unit: 'grapheme' }), total: fc.integer() }),
    wrong: [{ id: 'a' }, { id: 1, total: 1 }, {}],
  }))

test('JSON.stringify’s own text is what is written', () => {
  expect(Buffer.from(json().serialize({ a: ['é', 1.5, null], b: undefined })).toString()).toBe('{"a":["é",1.5,null]}')
})

test('a cycle is an error of the value', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  expect(() => json().serialize(cycle)).toThrow(/SERIALIZE: .*\n.*circular/)
})

test('a schema names the wrong field, on both ways', () => {
  const serde = json(order)
  expect(() => serde.serialize({ id: 'a' } as Order)).toThrow(/SERIALIZE.*total: must be a number/s)
  expect(() => serde.deserialize(Buffer.from('{"total":1}'))).toThrow(/DESERIALIZE.*id: must be a string/s)
})

test('a schema may coerce what it reads', () => {
  const date = schema<Date, unknown>(value => ({ value: new Date(value as string) }))
  const serde = json(date)
  const at = new Date(5)
  expect(serde.deserialize(serde.serialize(at))).toEqual(at)
})

test('a schema that validates asynchronously is refused, and its promise is not left unhandled', () => {
  const late = schema<Order>((() => Promise.reject(new Error('late'))) as never)
  expect(() => json(late).serialize({ id: 'a', total: 1 })).toThrow(/BAD_ARGUMENT.*asynchronously/)
  expect(() => json(late).deserialize(Buffer.from('1'))).toThrow(/BAD_ARGUMENT/)
})

test.each<[what: string, make: () => object, says: RegExp]>([
  ['a promise', () => Promise.reject(new Error('never seen')), /cannot write a value of type Promise\n.*mapAsync/],
  [
    'a promise within',
    () => ({ user: [Promise.resolve({ id: 1 })] }),
    /cannot write a value of type Promise\n.*mapAsync/,
  ],
  ['a Map', () => new Map([['a', 1]]), /cannot write a value of type Map\n.*Object\.fromEntries/],
  ['an empty Set', () => new Set(), /cannot write a value of type Set\n.*\[\.\.\.value\]/],
])('%s is refused, of which nothing would be left', (_, make, says) => {
  const value = make()
  expect(() => json().serialize(value)).toThrow(says)
  expect(() => json().serializeInto!(value, Buffer.alloc(9), 0)).toThrow(says)
  expect(json().copies!.make(value)).toBeUndefined()
})

test('what only looks like nothing is written', () => {
  const hidden = { toJSON: () => ({}), later: Promise.resolve() }
  const value = { none: {}, text: '{}', hidden, list: [{}, new Map()] }
  expect(json().serialize(value).toString()).toBe('{"none":{},"text":"{}","hidden":{},"list":[{},{}]}')
})

function schema<Out, In = Out>(
  validate: (value: unknown) => { value: Out } | { issues: readonly SchemaIssue[] },
): StandardSchema<In, Out> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('a copy', () => {
  const { make: copy, again, isSame } = json().copies!

  test('is what the bytes would give, or unknown', () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withSparseArray: true, withNullPrototype: true, withBigInt: false }),
        value => {
          const copied = copy(value)
          if (copied === undefined) return
          const { serialize, deserialize } = json()
          expect(copied).toStrictEqual(deserialize(serialize(value)))
          expect(JSON.stringify(copied)).toBe(JSON.stringify(value))
        },
      ),
    )
  })

  test('of what JSON holds is always known, and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), value => {
        const copied = copy(value)
        expect(copied).toStrictEqual(JSON.parse(JSON.stringify(value)))
        if (typeof value === 'object' && value !== null) expect(copied).not.toBe(value)
      }),
    )
    const inner = { list: [{ n: 1 }] }
    const copied = copy(inner) as typeof inner
    copied.list[0]!.n = 2
    expect(inner).toEqual({ list: [{ n: 1 }] })
  })

  test.each([
    ['undefined in an object', { a: undefined }],
    ['a date', { at: new Date(0) }],
    [
      'an instance',
      new (class {
        a = 1
      })(),
    ],
    ['a number that is none', [Number.NaN]],
    ['a hole', [, 1]], // eslint-disable-line no-sparse-arrays
    ['a function', { toJSON: () => 1 }],
    ['a symbol', { [Symbol('s')]: 1 }],
  ])('of %s is not known', (_, value) => expect(copy(value)).toBeUndefined())

  test('of a copy is the same and shares nothing with it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), value => {
        const first = copy(value)
        const copied = again(first)
        expect(copied).toStrictEqual(first)
        expect(sharing(copied, first)).toBe(false)
      }),
    )
  })

  test('is the same as a value where both are written alike', () => {
    const some = fc.anything({ withDate: true, withSparseArray: true, withNullPrototype: true, withBigInt: false })
    fc.assert(
      fc.property(fc.jsonValue(), some, fc.jsonValue(), (one, other, third) => {
        for (const value of [one, other, third, { ...(third as object) }]) {
          const kept = copy(one)
          if (isSame(kept, value)) expect(JSON.stringify(value)).toBe(JSON.stringify(one))
        }
        expect(isSame(copy(one), again(copy(one)))).toBe(true)
      }),
    )
  })

  test.each<[string, unknown, unknown]>([
    ['another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['one property more', { a: 1 }, { a: 1, b: 2 }],
    ['one property less', { a: 1, b: 2 }, { a: 1 }],
    ['an array for an object', {}, []],
    ['an object for an array', [], {}],
    ['a longer array', [1], [1, 2]],
    ['null', { a: {} }, { a: null }],
    ['undefined', { a: null }, { a: undefined }],
    ['a hole', [null], [,]], // eslint-disable-line no-sparse-arrays
    ['a number that is none', [null], [Number.NaN]],
    ['text', { a: 1 }, { a: '1' }],
    ['a date', { at: '1970-01-01T00:00:00.000Z' }, { at: new Date(0) }],
    ['a change inside', { list: [{ n: 1 }] }, { list: [{ n: 2 }] }],
    ['what says its own JSON', {}, Object.defineProperty({}, 'toJSON', { value: () => 1 })],
  ])('is not the same: %s', (_, kept, value) => expect(isSame(kept, value)).toBe(false))

  test('is the same for either zero, which are written alike', () => {
    expect(isSame(copy([0]), [-0])).toBe(true)
  })

  test('has no negative zero', () => {
    expect(copy([-0, { a: -0 }])).toStrictEqual([0, { a: 0 }])
  })
})

/** Whether two equal values have an object in common. */
function sharing(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null) return false
  if (one === other) return true
  return Object.entries(one).some(([name, value]) => sharing(value, (other as Record<string, unknown>)[name]))
}

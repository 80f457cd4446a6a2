import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../../src/serde/index.js'
import { shapeWriter, unwritten, type ShapeWriter } from '../../../src/serde/json/shape-writer.js'
import { runs } from '../../store/runs.js'

function learn(value: object): ShapeWriter | undefined {
  return shapeWriter(value, JSON.stringify(value))
}

class Named {
  id = 1
  name = 'a'
}

/** What a shape writes, in a buffer with room for anything; `undefined` where it leaves the value to `JSON.stringify`. */
function written(shape: ShapeWriter, value: unknown): string | undefined {
  const buffer = Buffer.alloc(100_000, 0xee)
  const length = shape(value as object, buffer, 3)
  if (length === unwritten) return undefined
  expect(buffer.subarray(0, 3)).toEqual(Buffer.alloc(3, 0xee))
  return buffer.toString('utf8', 3, 3 + length)
}

const job = { id: 17, importId: 'import-000017', status: 'completed', delay: -3, rate: 0.25, late: false, note: null }

describe('a shape', () => {
  test.each([
    ['itself', job],
    ['numbers of any length', { ...job, id: 0, delay: 999_999, rate: 1_000_000, late: -1, note: 2 ** 53 }],
    [
      'numbers in any form',
      { ...job, id: 1e21, delay: -0, rate: 5e-324, late: -1.2345678901234567e-308, note: 0.1 + 0.2 },
    ],
    ['other types', { ...job, id: 'seventeen', importId: null, status: 1.5, delay: true, rate: 'text', note: '' }],
    ['escapes', { ...job, importId: 'a"b', status: 'a\\b\n\u0000\u007f', note: '</script>' }],
    ['text beyond ASCII', { ...job, importId: 'Zürich → 東京 🚆', status: '\ud800', note: 'ñ' }],
    ['long text', { ...job, importId: 'x'.repeat(95), status: 'x'.repeat(96), note: 'é'.repeat(900) }],
  ])('writes %s', (_, value) => {
    expect(written(learn(job)!, value)).toBe(JSON.stringify(value))
  })

  test('writes lists and objects in objects, of any length, and null in their place', () => {
    const example = { at: { x: 1, y: [1] }, tags: ['a'], legs: [{ from: 'DFW', to: 'ORD' }], none: [], nothing: {} }
    const shape = learn(example)!
    for (const value of [
      example,
      { ...example, tags: [], legs: [...example.legs, { from: 'JFK', to: 'SEA' }] },
      { ...example, at: null, legs: [null] },
      { ...example, at: { x: null, y: Array.from({ length: 2_000 }, (_, i) => i) } },
    ])
      expect(written(shape, value)).toBe(JSON.stringify(value))
  })

  test.each<[string, unknown]>([
    ['a name more', { id: 1, name: 'a', more: 1 }],
    ['a name less', { id: 1 }],
    ['another order', { name: 'a', id: 1 }],
    ['undefined', { id: 1, name: undefined }],
    ['what is no number', { id: NaN, name: 'a' }],
    ['infinity', { id: Infinity, name: 'a' }],
    ['a Date', { id: new Date(0), name: 'a' }],
    ['a boxed number', { id: Object(1), name: 'a' }],
    ['a bigint', { id: 1n, name: 'a' }],
    ['a symbol', { id: Symbol('s'), name: 'a' }],
    ['a function', { id: () => 1, name: 'a' }],
    ['an object where none was', { id: {}, name: 'a' }],
    ['an instance of a class', new Named()],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { id: 1, name: 'a' })],
    ['an object that says its JSON', Object.defineProperty({ id: 1, name: 'a' }, 'toJSON', { value: () => 1 })],
    ['a list', [1, 'a']],
  ])('leaves %s to JSON.stringify', (_, value) => {
    expect(written(learn({ id: 1, name: 'a' })!, value)).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['a hole', Array(2)],
    ['undefined', [1, undefined]],
    ['an own class', new (class Own extends Array<number> {})(1, 2)],
    ['its JSON', Object.assign([1], { toJSON: () => 2 })],
    ['an object', { 0: 1, length: 1 }],
  ])('leaves a list with or of %s to JSON.stringify', (_, value) => {
    const shape = learn({ list: [1] })!
    expect(written(shape, { list: value })).toBeUndefined()
  })

  test.each([{ a: undefined }, { a: new Date(0) }, { at: { b: new Map() } }, { a: NaN }, new Date(0)])(
    'is not learned from %o',
    value => expect(learn(value)).toBeUndefined(),
  )

  test('is not learned from what is large', () => {
    expect(learn(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i])))).toBeUndefined()
    expect(learn({ ['n'.repeat(1_000)]: 1 })).toBeUndefined()
  })

  test('takes any name for a name', () => {
    const value = {
      '"); throw new Error("x': 1,
      '\u2028': 2,
      constructor: 3,
      é: 4,
      '': 5,
      '${p}': 6,
      '\\': 7,
      __proto__: null,
    }
    expect(written(learn({ ...value })!, { ...value })).toBe(JSON.stringify({ ...value }))
    const proto = JSON.parse('{"a":1,"__proto__":{"b":2}}') as object
    expect(written(learn(proto)!, proto)).toBe('{"a":1,"__proto__":{"b":2}}')
  })

  test('writes as JSON.stringify does, or not at all, and never beyond the buffer', () => {
    const name = fc.constantFrom('a', 'b', 'count', 'é', '1')
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      { weight: 1, arbitrary: fc.constantFrom(undefined, new Date(5), Object(1)) },
    )
    const value = fc.letrec<{ any: unknown; list: unknown[]; object: Record<string, unknown> }>(tie => ({
      any: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('object')),
      list: fc.array(tie('any'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('any'), { maxKeys: 4, noNullPrototype: true }),
    })).object
    let answered = 0
    fc.assert(
      fc.property(value, value, fc.nat(2_000), (example, other, room) => {
        const shape = learn(example)
        if (shape === undefined) return
        for (const each of [example, other, { ...other, ...example }]) {
          const answer = written(shape, each)
          if (answer === undefined) continue
          answered++
          expect(answer).toBe(JSON.stringify(each))
          const buffer = Buffer.alloc(room)
          const length = shape(each, buffer, 0)
          if (length !== unwritten) expect(buffer.toString('utf8', 0, length)).toBe(answer)
        }
      }),
      runs(2_000),
    )
    expect(answered).toBeGreaterThan(0)
  })
})

describe('json() learns the shapes of what it writes', () => {
  const serde = json<unknown>()

  function written(value: unknown): string {
    const buffer = Buffer.alloc(10_000)
    return buffer.toString('utf8', 2, 2 + serde.serializeInto!(value, buffer, 2))
  }

  test('and keeps shapes that begin alike apart', () => {
    for (let i = 0; i < 3_000; i++) {
      const value = { kind: i % 12, [`field${i % 12}`]: `value ${i}`, [`more${i % 3}`]: { i } }
      expect(written(value)).toBe(JSON.stringify(value))
      expect(written([value, i])).toBe(JSON.stringify([value, i]))
    }
  })

  test('and goes on where every value has a shape of its own', () => {
    for (let i = 0; i < 5_000; i++) {
      expect(written({ own: i, [`name-${i}`]: i })).toBe(`{"own":${i},"name-${i}":${i}}`)
      expect(written({ [`name-${i}`]: i })).toBe(`{"name-${i}":${i}}`)
    }
  })

  test('and says how much room it needs, to the byte, once it has learned', () => {
    const value = { here: 1, name: 'é'.repeat(20) }
    for (let i = 0; i < 100; i++) written(value)
    const needed = Buffer.byteLength(JSON.stringify(value))
    expect(serde.serializeInto!(value, Buffer.alloc(needed - 5), 0)).toBe(-5)
    expect(serde.serializeInto!(value, Buffer.alloc(needed + 5), 5)).toBe(needed)
  })

  test('and a getter that throws is an error of the value', () => {
    const value = { fine: 1, name: 'a' }
    for (let i = 0; i < 100; i++) written(value)
    const broken = Object.defineProperty({ fine: 1 }, 'name', {
      enumerable: true,
      get: () => {
        throw new Error('no name')
      },
    })
    expect(() => written(broken)).toThrow(/SERIALIZE: .*\n.*no name/)
  })
})

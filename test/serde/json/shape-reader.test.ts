import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from '../../../src/serde/index.js'
import { shapeReader, unmatched, type ShapeReader } from '../../../src/serde/json/shape-reader.js'
import { runs } from '../../store/runs.js'

const around = '{"a":"1,2","b":[3]}'

/** What a shape makes of a text that lies between others in a larger buffer, as a record does in its batch. */
function read(shape: ShapeReader, text: string | Buffer): unknown {
  const bytes = Buffer.from(text as string)
  const buffer = Buffer.concat([Buffer.from(around), bytes, Buffer.from(around)])
  return shape(buffer, around.length, around.length + bytes.length)
}

function learn(text: string): ShapeReader | undefined {
  const buffer = Buffer.from(text)
  return shapeReader(JSON.parse(text), buffer, 0, buffer.length)
}

const python = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/([[{]) | ([\]}])/g, '$1$2')

/** Never wrong: either what `JSON.parse` says, to the last bit and in the same order, or `unmatched`. */
function expectRight(shape: ShapeReader, text: string | Buffer): void {
  const answer = read(shape, text)
  if (answer === unmatched) return
  const wanted: unknown = JSON.parse(Buffer.from(text as string).toString('utf8'))
  expect(answer).toStrictEqual(wanted)
  expect(JSON.stringify(answer)).toBe(JSON.stringify(wanted))
}

const job = { id: 17, importId: 'import-000017', status: 'completed', delay: -3, rate: 0.25, late: false, note: null }

describe('a shape', () => {
  test.each([
    ['other numbers', { ...job, id: 0, delay: 123456789012345, rate: 1e21 }],
    ['digits beyond a double', JSON.stringify({ ...job, delay: 0.1 + 0.2 }).replace('17', '12345678901234567891')],
    ['minus zero', '{"id":-0,"importId":"","status":"","delay":-0.0,"rate":-0e5,"late":true,"note":1}'],
    ['fractions and exponents', '{"id":1.50,"importId":"","status":"","delay":1E+2,"rate":12.5e-1,"late":1,"note":2}'],
    ['other types', { ...job, id: 'seventeen', importId: null, status: 1.5, delay: 'none', rate: true, note: 'text' }],
    ['text beyond ASCII', { ...job, importId: 'Zürich → 東京 🚆', status: 'é', note: 'ñ' }],
    ['long and empty text', { ...job, importId: '', status: 'x'.repeat(500) }],
  ])('reads %s', (_, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const answer = read(learn(JSON.stringify(job))!, text)
    expect(answer).toStrictEqual(JSON.parse(text))
  })

  test('reads lists and objects in objects, of any length, and null in their place', () => {
    const example = { at: { x: 1, y: [1] }, tags: ['a'], legs: [{ from: 'DFW', to: 'ORD' }], none: [], nothing: {} }
    const shape = learn(JSON.stringify(example))!
    for (const value of [
      example,
      { ...example, tags: ['a', 'b', 'é'], legs: [example.legs[0], { from: 'JFK', to: 'SEA' }] },
      { ...example, tags: [], legs: [] },
      { ...example, at: null, legs: [null] },
      { ...example, at: { x: null, y: [1, 2, 3] } },
    ])
      expect(read(shape, JSON.stringify(value))).toStrictEqual(value)
  })

  test('reads what Python writes, with a space behind each comma and colon', () => {
    const value = { a: 1, b: ['x', 'y'], c: { d: 2.5 } }
    expect(python(value)).toBe('{"a": 1, "b": ["x", "y"], "c": {"d": 2.5}}')
    expect(read(learn(python(value))!, python({ ...value, a: 'é', b: ['z'] }))).toStrictEqual({
      ...value,
      a: 'é',
      b: ['z'],
    })
  })

  test('reads a list at the top', () => {
    expect(read(learn('[{"a":1}]')!, '[{"a":1},{"a":2}]')).toStrictEqual([{ a: 1 }, { a: 2 }])
  })

  test.each([
    ['escapes', '{"id":1,"name":"a\\"b"}'],
    ['a name more', '{"id":1,"name":"a","more":1}'],
    ['a name less', '{"id":1}'],
    ['another order', '{"name":"a","id":1}'],
    ['a name twice', '{"id":1,"id":2}'],
    ['other spaces', '{"id":1, "name":"a"}'],
    ['space around', ' {"id":1,"name":"a"} '],
    ['an object where none was', '{"id":{},"name":"a"}'],
    ['a line break in a text', '{"id":1,"name":"a\nb"}'],
    ['a leading zero', '{"id":01,"name":"a"}'],
    ['a leading plus', '{"id":+1,"name":"a"}'],
    ['no digit', '{"id":-,"name":"a"}'],
    ['no digit before the point', '{"id":.5,"name":"a"}'],
    ['no digit behind the point', '{"id":1.,"name":"a"}'],
    ['no exponent', '{"id":1e,"name":"a"}'],
    ['a word that is none', '{"id":nul,"name":"a"}'],
    ['an end too early', '{"id":1,"name":"a"'],
    ['an end within a text', '{"id":1,"name":"a'],
    ['more behind the end', '{"id":1,"name":"a"}}'],
  ])('leaves %s to JSON.parse', (_, text) => {
    expect(read(learn('{"id":1,"name":"a"}')!, text)).toBe(unmatched)
  })

  test('does not read beyond its buffer', () => {
    const shape = learn('{"id":1,"name":"abc"}')!
    for (const text of [
      '{"id":1,"name":"abc"',
      '{"id":1,"name":"ab',
      '{"id":12',
      '{"id":-',
      '{"id":1.',
      '{"id":1e',
      '{"id":t',
      '{"i',
    ])
      expect(shape(Buffer.from(text), 0, text.length)).toBe(unmatched)
  })

  test.each(['1', '"text"', 'null', '{"__proto__":{"a":1}}', '{"a":{"__proto__":1}}', '{"2":1,"1":2}', '{ "a":1 }'])(
    'is not learned from %s',
    text => expect(learn(text)).toBeUndefined(),
  )

  test('is not learned from what is large', () => {
    const wide = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, i]))
    expect(learn(JSON.stringify(wide))).toBeUndefined()
    expect(learn(JSON.stringify({ ['n'.repeat(1_000)]: 1 }))).toBeUndefined()
  })

  test('takes any name for a name', () => {
    const value = { '"); throw new Error("x': 1, '\u2028': 2, constructor: 3, é: 4, '': 5, '${p}': 6, '\\': 7 }
    expect(read(learn(JSON.stringify(value))!, JSON.stringify(value))).toStrictEqual(value)
  })

  test('answers any text as JSON.parse does, or not at all', () => {
    const name = fc.constantFrom('a', 'b', 'count', 'é', '1')
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    )
    const value = fc.letrec(tie => ({
      any: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('object')),
      list: fc.array(tie('any'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('any'), { maxKeys: 4 }),
    })).object
    const style = fc.constantFrom(JSON.stringify, python)
    let answered = 0
    fc.assert(
      fc.property(value, value, style, style, fc.nat(), fc.nat(255), (example, other, write, writeOther, at, byte) => {
        const shape = learn(write(example))
        if (shape === undefined) return
        expect(read(shape, write(example))).toStrictEqual(JSON.parse(write(example)))
        answered++
        expectRight(shape, writeOther(other))
        const spoilt = Buffer.from(write(example))
        spoilt[at % spoilt.length] = byte
        if (isJson(spoilt)) expectRight(shape, spoilt)
        else expect(read(shape, spoilt)).toBe(unmatched)
        const cut = Buffer.from(write(example)).subarray(0, at % spoilt.length)
        if (!isJson(cut)) expect(read(shape, cut)).toBe(unmatched)
      }),
      runs(2_000),
    )
    expect(answered).toBeGreaterThan(0)
  })
})

describe('json() learns the shapes of what it reads', () => {
  const serde = json<Record<string, unknown>>()
  const roundTrip = (value: Record<string, unknown>): unknown => serde.deserialize(serde.serialize(value))

  test('and keeps shapes that begin alike apart', () => {
    for (let i = 0; i < 3_000; i++) {
      const value = { kind: i % 12, [`field${i % 12}`]: `value ${i}`, [`more${i % 3}`]: { i } }
      expect(roundTrip(value)).toStrictEqual(value)
    }
  })

  test('and goes on where every value has a shape of its own', () => {
    for (let i = 0; i < 5_000; i++) {
      const value = { own: i, [`name-${i}`]: i }
      expect(roundTrip(value)).toStrictEqual(value)
    }
  })

  test('and says of what is no JSON what it says before it has learned', () => {
    const broken = Buffer.from('{"torn":1,"name":"a')
    const before = errorOf(() => serde.deserialize(broken))
    for (let i = 0; i < 100; i++) roundTrip({ torn: i, name: 'a' })
    expect(errorOf(() => serde.deserialize(broken))).toBe(before)
  })

  test('and answers an object of its own each time', () => {
    const bytes = serde.serialize({ mine: 1, list: [1] })
    for (let i = 0; i < 50; i++) {
      const value = serde.deserialize(bytes)
      expect(value).toStrictEqual({ mine: 1, list: [1] })
      value['mine'] = 2
      ;(value['list'] as number[]).push(2)
    }
  })
})

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'))
    return true
  } catch {
    return false
  }
}

function errorOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return String(error)
  }
  throw new Error('nothing was thrown')
}

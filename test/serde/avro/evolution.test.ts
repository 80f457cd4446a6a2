import { describe, expect, test } from 'vitest'
import { avro } from '../../../src/serde/index.js'

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
    expect(avro(newer, { writer: older }).serialize(value)).toEqual(avro(newer).serialize(value))
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

  test.each(['double', 'float'] as const)('of a long to a %s, whatever its size and its sign', reader => {
    const long = avro('long', { long: 'bigint' })
    const longs = [
      0n,
      -1n,
      2n ** 31n,
      -(2n ** 52n) - 1n,
      1n - 2n ** 53n,
      -(2n ** 60n) - 1n,
      -(2n ** 63n),
      2n ** 63n - 1n,
    ]
    for (const value of longs) {
      const bytes = long.serialize(value)
      expect(avro(reader, { writer: 'long' }).deserialize(bytes)).toBe(Number(value))
      expect(avro(reader, { writer: 'long', long: 'bigint' }).deserialize(bytes)).toBe(Number(value))
    }
  })

  test('of one union to another: by the branch of the same type, before those that could take it', () => {
    const bytes = Buffer.from([0xff, 0x00])
    for (const branches of [
      ['string', 'bytes'],
      ['bytes', 'string'],
    ]) {
      for (const value of [bytes, 'ä']) {
        const written = avro<unknown>(branches).serialize(value)
        expect(avro<unknown>(['null', ...branches], { writer: branches }).deserialize(written)).toEqual(value)
        const alone = typeof value === 'string' ? 'string' : 'bytes'
        const single = avro<unknown>(alone).serialize(value)
        expect(avro<unknown>(branches, { writer: alone }).deserialize(single)).toEqual(value)
      }
    }
    const long = avro('long', { long: 'bigint' }).serialize(7n)
    expect(avro<unknown>(['double', 'long'], { writer: 'long', long: 'bigint' }).deserialize(long)).toBe(7n)
    expect(avro<unknown>(['string', 'double'], { writer: 'long' }).deserialize(long)).toBe(7)
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
    const list = { type: 'array', items: 'string' } as const
    expect(() => avro(newer, { writer: list })).toThrow(/BAD_ARGUMENT.*cannot read .*array.* as "R"/)
  })
})

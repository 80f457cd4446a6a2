import { describe, expect, test } from 'vitest'
import { avro, type Serde } from '../../../src/serde/index.js'

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
    expect(two.serialize(two.deserialize(bytes))).toEqual(Buffer.from('040278', 'hex'))
    const union = [
      { type: 'map', values: 'string' },
      { type: 'record', name: 'A', fields: [{ name: 'id', type: 'string' }] },
    ]
    const either = avro(union, { writer: union })
    for (const branch of ['02', '00']) {
      const written = Buffer.from(branch === '02' ? '020278' : '0002046964027800', 'hex')
      expect(either.deserialize(written)).toStrictEqual({ id: 'x' })
      expect(either.serialize(either.deserialize(written))).toEqual(written)
    }
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

import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.js'
import { directReader, directWriter } from '../../src/serde/direct.js'
import type { Serde } from '../../src/serde/serde.js'
import { runs } from '../store/runs.js'

export interface SerdeCase<T> {
  readonly serde: Serde<T>
  readonly values: fc.Arbitrary<T>
  /** Each must be refused with SERIALIZE. */
  readonly wrong: readonly unknown[]
}

/** What every serde must do: its four functions agree, nothing is lost, and foreign bytes give DESERIALIZE or a value. */
export function serdeContract<T>({ serde, values, wrong }: SerdeCase<T>): void {
  const write = directWriter(serde)
  const read = directReader(serde)

  test('offers the direct functions and a name', () => {
    expect(serde.serializeInto).toBeTypeOf('function')
    expect(serde.deserializeFrom).toBeTypeOf('function')
    expect(serde.name).toBeTypeOf('string')
  })

  test('gives back what it was given, by either way', () => {
    fc.assert(
      fc.property(values, fc.nat(9), (value, offset) => {
        const bytes = serde.serialize(value)
        expect(serde.deserialize(bytes)).toEqual(value)
        expect(serde.deserialize(new Uint8Array(bytes))).toEqual(value)
        const buffer = Buffer.alloc(offset + bytes.length + 5, 0xee)
        const length = write(value, buffer, offset)
        expect(buffer.subarray(offset, offset + length)).toEqual(Buffer.from(bytes))
        expect(read(buffer, offset, offset + length)).toEqual(value)
      }),
      runs(300),
    )
  })

  test('asks for the room it needs', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = serde.serialize(value)
        for (let room = 0; room < bytes.length; room = room * 2 + 1) {
          const missing = write(value, Buffer.alloc(room + 3), 3)
          expect(missing).toBeLessThan(0)
          // what it asks for is enough in the end, though it may ask more than once
          let size = room - missing
          for (let tries = 0; write(value, Buffer.alloc(size), 0) < 0; tries++) {
            expect(tries).toBeLessThan(20)
            size = size * 2 + 1
          }
        }
        expect(write(value, Buffer.alloc(bytes.length), 0)).toBe(bytes.length)
      }),
      runs(100),
    )
  })

  test('keeps neither the bytes it reads nor those it writes', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = Buffer.from(serde.serialize(value))
        const once = read(bytes, 0, bytes.length)
        bytes.fill(0xee)
        expect(once).toEqual(value)
      }),
      runs(100),
    )
  })

  test('reads random bytes as a value or refuses them with DESERIALIZE', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (bytes, after) => {
        const buffer = Buffer.concat([bytes, after])
        try {
          read(buffer, 0, bytes.length)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SluiceError)
          expect(thrown).toMatchObject({ code: 'DESERIALIZE', hint: expect.any(String) })
        }
      }),
      runs(2000),
    )
  })

  test.each(wrong.map(value => [inspect(value, { breakLength: Infinity }).slice(0, 80), value] as const))(
    'refuses to write %s',
    (_, value) => {
      for (const writing of [() => serde.serialize(value as T), () => write(value as T, Buffer.alloc(1000), 0)]) {
        expect(writing).toThrow(SluiceError)
        expect(writing).toThrow(/^SERIALIZE: .*\n {2}→ ./)
      }
    },
  )
}

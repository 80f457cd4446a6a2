import type { Serde, Serializer } from './serde.js'

export type DirectWriter<T> = (value: T, buffer: Buffer, offset: number) => number
export type DirectReader<T> = (buffer: Buffer, start: number, end: number) => T

/** `serializeInto` of any serializer: its own, or `serialize` and a copy. */
export function directWriter<T>(serializer: Serializer<T>): DirectWriter<T> {
  if (serializer.serializeInto !== undefined) return called(serializer.serializeInto, 'serializeInto', serializer)
  return (value, buffer, offset) => {
    const bytes = serializer.serialize(value)
    const spare = buffer.length - offset - bytes.length
    if (spare < 0) return spare
    buffer.set(bytes, offset)
    return bytes.length
  }
}

/** `deserializeFrom` of any serde: its own, or `deserialize` of a copy, which the result may keep. */
export function directReader<T>(serde: Serde<T>): DirectReader<T> {
  if (serde.deserializeFrom !== undefined) return called(serde.deserializeFrom, 'deserializeFrom', serde)
  return (buffer, start, end) => serde.deserialize(new Uint8Array(buffer.subarray(start, end)))
}

/** A method of a class gets its `this`; the functions of the serdes here have none, and a bound one costs more to call. */
function called<F extends Function>(fn: F, name: string, of: object): F {
  return Object.hasOwn(of, name) ? fn : (fn.bind(of) as F)
}

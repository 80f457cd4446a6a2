/**
 * How values become bytes and back. The functions are properties, not methods, so that the compiler checks the type
 * parameter in both directions.
 *
 * `serializeInto` and `deserializeFrom` are what the hot path uses: the first writes at `offset` and answers the number of
 * bytes written, or a negative number: how many more bytes it would have needed. The second reads
 * `buffer[start, end)` without a slice. Neither may keep the buffer.
 *
 * `copy` is for values that stores are asked for again and again: what reading the bytes of this value would give, an object
 * of its own; `undefined` where that is not known without reading them.
 */
export interface Serde<in out T> extends Serializer<T> {
  readonly deserialize: (bytes: Uint8Array) => T
  readonly deserializeFrom?: (buffer: Buffer, start: number, end: number) => T
  readonly copy?: (value: T) => T | undefined
}

/** The writing half of a serde; all that a sink needs. */
export interface Serializer<in T> {
  readonly serialize: (value: T) => Uint8Array
  readonly serializeInto?: (value: T, buffer: Buffer, offset: number) => number
  /** What `describe()` and messages call it, such as `string` or `avro(Job)`. */
  readonly name?: string
}

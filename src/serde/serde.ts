/**
 * How values become bytes and back. The functions are properties, not methods, so that the compiler checks the type
 * parameter in both directions.
 *
 * The two optional functions are what the hot path uses: `serializeInto` writes at `offset` and answers the number of
 * bytes written, or a negative number: how many more bytes it would have needed. `deserializeFrom` reads
 * `buffer[start, end)` without a slice. Neither may keep the buffer.
 */
export interface Serde<in out T> extends Serializer<T> {
  readonly deserialize: (bytes: Uint8Array) => T
  readonly deserializeFrom?: (buffer: Buffer, start: number, end: number) => T
  /**
   * Whether the value is a primitive that `serialize` takes and `deserialize` gives back equal. A store keeps such a value
   * as it is and writes it once per commit; any other it serializes at every `put`.
   */
  readonly keeps?: (value: T) => boolean
  /**
   * Set where, among the values that `keeps` accepts, a `Map` tells apart exactly those whose bytes differ: then a store
   * looks keys up as they are. (Not so for `float64`, where 0 and -0 are one key of a `Map`.)
   */
  readonly mapKeys?: true
}

/** The writing half of a serde; all that a sink needs. */
export interface Serializer<in T> {
  readonly serialize: (value: T) => Uint8Array
  readonly serializeInto?: (value: T, buffer: Buffer, offset: number) => number
  /** What `describe()` and messages call it, such as `string` or `avro(Job)`. */
  readonly name?: string
}

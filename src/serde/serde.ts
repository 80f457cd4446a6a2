/**
 * How values become bytes and back. The functions are properties, not methods, so that the compiler checks the type
 * parameter in both directions.
 *
 * `serializeInto` and `deserializeFrom` are what the hot path uses: the first writes at `offset` and answers the number of
 * bytes written, or a negative number: how many more bytes it would have needed. The second reads
 * `buffer[start, end)` without a slice. Neither may keep the buffer. Where they are properties of the object itself, and no
 * methods of a class, they are called without `this`.
 *
 * `isExact` says whether `buffer[start, end)` can be read and is what writing gives for what it reads as. A store finds such
 * keys by their bytes, without reading them; never wrongly true.
 *
 * `copies` is for values that stores are asked for again and again.
 *
 * The serdes of this package have neither as an enumerable property, so that `{ ...string, deserialize }` has nothing of them.
 */
export interface Serde<in out T> extends Serializer<T> {
  /** The value of these bytes. Throws where they are none of this serde. */
  readonly deserialize: (bytes: Uint8Array) => T
  readonly deserializeFrom?: (buffer: Buffer, start: number, end: number) => T
  readonly isExact?: (buffer: Buffer, start: number, end: number) => boolean
  readonly copies?: Copies<T>
}

/** Copies of values in place of reading and writing their bytes. */
export interface Copies<in out T> {
  /**
   * What reading the bytes of this value would give, an object of its own; `undefined` where that is not known without
   * reading them.
   */
  readonly make: (value: T) => T | undefined
  /** One more of what `make` gave: an object of its own too. */
  readonly again: (copy: T) => T
  /** Whether writing a value gives what writing what `make` gave does; never wrongly true. */
  readonly isSame: (copy: T, value: T) => boolean
}

/** The writing half of a serde; all that a sink needs. */
export interface Serializer<in T> {
  /** The bytes of a value. Throws where it is none that this serde writes. */
  readonly serialize: (value: T) => Uint8Array
  readonly serializeInto?: (value: T, buffer: Buffer, offset: number) => number
  /** What `describe()` and messages call it, such as `string` or `avro(Job)`. */
  readonly name?: string
}

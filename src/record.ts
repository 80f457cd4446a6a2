import { SluiceError, valueText } from './errors.js'

/** A value of a header as a user may give it; a string is written as UTF-8. */
export type HeaderValue = Uint8Array | string | null
/** Headers as a user may give them. */
export type HeadersInit =
  | RecordHeaders
  | Iterable<readonly [string, HeaderValue]>
  | Readonly<Record<string, HeaderValue>>

/**
 * The headers of a record: an ordered list, immutable; a name may occur more than once, as in Kafka.
 *
 * @example
 * const headers = RecordHeaders.from({ source: 'app' }).with('attempt', '2')
 * headers.get('attempt')          // Uint8Array of "2"
 * headers.text('source')          // 'app'
 */
export class RecordHeaders implements Iterable<readonly [string, Uint8Array | null]> {
  /** No headers. */
  static readonly none: RecordHeaders = new RecordHeaders([])
  // A property that can be seen: what compares and prints objects (`assert.deepEqual`, `console.log`) sees no `#list`.
  private readonly list: readonly (readonly [string, Uint8Array | null])[]

  constructor(list: readonly (readonly [string, Uint8Array | null])[]) {
    this.list = list
  }

  /** @throws SluiceError BAD_ARGUMENT for what has no names, and for a value that is neither bytes, nor text, nor null */
  static from(init: HeadersInit | undefined): RecordHeaders {
    if (init === undefined) return RecordHeaders.none
    if (init instanceof RecordHeaders) return init
    if (typeof init !== 'object' || init === null) {
      throw new SluiceError('BAD_ARGUMENT', `headers are ${valueText(init)}`, {
        hint: "give an object or a list of pairs: { source: 'app' }",
      })
    }
    const pairs = Symbol.iterator in init ? init : Object.entries(init)
    return new RecordHeaders(Array.from(pairs, ([name, value]) => [name, toBytes(name, value)] as const))
  }

  /** How many there are, each occurrence of a name counted. */
  get size(): number {
    return this.list.length
  }

  /** The last value of that name; `undefined` where there is none. */
  get(name: string): Uint8Array | null | undefined {
    return this.list.findLast(([n]) => n === name)?.[1]
  }

  /** The last value of that name as UTF-8 text. */
  text(name: string): string | undefined {
    const value = this.get(name)
    return value == null ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  }

  /** Whether there is one of that name. */
  has(name: string): boolean {
    return this.list.some(([n]) => n === name)
  }

  /** New headers with one more at the end. @throws SluiceError BAD_ARGUMENT as `from` */
  with(name: string, value: HeaderValue): RecordHeaders {
    return new RecordHeaders([...this.list, [name, toBytes(name, value)]])
  }

  /** New headers without any of that name. */
  without(name: string): RecordHeaders {
    return new RecordHeaders(this.list.filter(([n]) => n !== name))
  }

  /** Names and values in their order. */
  [Symbol.iterator](): Iterator<readonly [string, Uint8Array | null]> {
    return this.list[Symbol.iterator]()
  }
}

/** A value without a length would leave a record of unknown length in its batch, so it is refused where it comes in. */
function toBytes(name: string, value: HeaderValue): Uint8Array | null {
  if (typeof name === 'string') {
    if (typeof value === 'string') return plainBytes(Buffer.from(value, 'utf8'))
    if (value === null) return null
    if (value instanceof Uint8Array) return plainBytes(value)
  }
  throw new SluiceError('BAD_ARGUMENT', `the header ${name} has a value of type ${typeof value}`, {
    hint: 'a name is a string; a value is a Uint8Array, a string or null: write String(n) for a number',
  })
}

/** What comes out of a log is no Buffer, so headers that were given are equal to it only as that. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes
}

/** A record as a callback sees it. `timestamp` is milliseconds since the epoch; `offset` counts from 0. */
export interface StreamRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A text that names a partition and can key a Map. */
export function partitionId(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

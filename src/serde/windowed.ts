import { SluiceError, counted } from '../errors.js'
import type { Serde, Serializer } from './serde.js'
import { asBuffer } from './buffer.js'
import { directReader, directWriter } from './direct.js'
import { cannotRead, cannotWrite } from './failure.js'
import { readInt64, writeInt64 } from './int64-bytes.js'

/**
 * A key and its window, from `start` to `end`, both in milliseconds since the epoch. The start belongs to it; the end to
 * sliding windows and sessions, not to tumbling and hopping ones.
 */
export interface WindowKey<K> {
  readonly key: K
  readonly start: number
  readonly end: number
}

/** A serde of keys with their windows; `plain` is that of the keys alone. */
export interface WindowedSerde<K> extends Serde<WindowKey<K>> {
  readonly plain: Serde<K>
}

/** Bytes of a window, behind those of its key. */
export const windowBytes = 16

export function isWindowed(serde: Serializer<any>): serde is WindowedSerde<any> {
  return 'plain' in serde
}

/**
 * How many bytes at the end of a key say nothing about its partition: a window lies where its key does, as by Kafka Streams'
 * `WindowedStreamPartitioner`.
 */
export function unpartitionedBytes(serde: Serializer<any>): number {
  return isWindowed(serde) ? windowBytes + unpartitionedBytes(serde.plain) : 0
}

/**
 * The key of a windowed table: the key's own bytes, then `end` and `start` as int64 big-endian. That is the layout of Kafka
 * Streams' `SessionWindowedSerializer` (`SessionKeySchema`), and the only one of its two that holds both bounds:
 * `TimeWindowedSerializer` writes the start alone, so that a reader has to know the size of the window.
 *
 * @example
 * topic('per-minute', { key: windowed(string), value: long })
 */
export function windowed<K>(key: Serde<K>): WindowedSerde<K> {
  if (typeof key?.serialize !== 'function' || typeof key.deserialize !== 'function') {
    throw new SluiceError('BAD_ARGUMENT', 'windowed() needs the serde of the keys', {
      hint: 'write windowed(string), or the serde that the stream has for its keys',
    })
  }
  const known = made.get(key)
  if (known !== undefined) return known
  const name = `windowed(${key.name ?? 'key'})`
  const writeKey = directWriter(key)
  const readKey = directReader(key)

  function check(value: WindowKey<K>): void {
    if (!isTime(value?.start) || !isTime(value.end) || value.end < value.start) {
      throw cannotWrite(name, value, '{ key, start, end } with start ≤ end in milliseconds')
    }
  }

  function read(buffer: Buffer, start: number, end: number): WindowKey<K> {
    const suffix = end - windowBytes
    if (suffix < start) throw cannotRead(name, `${counted(end - start, 'byte')}: a window alone takes ${windowBytes}`)
    const window = {
      key: readKey(buffer, start, suffix),
      start: readInt64(buffer, suffix + 8),
      end: readInt64(buffer, suffix),
    }
    if (!isTime(window.start) || !isTime(window.end) || window.end < window.start) {
      throw cannotRead(name, `a window from ${window.start} to ${window.end}`)
    }
    return window
  }

  const serde: WindowedSerde<K> = {
    name,
    plain: key,
    serialize(value) {
      check(value)
      const head = key.serialize(value.key)
      const bytes = Buffer.allocUnsafe(head.length + windowBytes)
      bytes.set(head)
      writeInt64(value.end, bytes, head.length)
      writeInt64(value.start, bytes, head.length + 8)
      return bytes
    },
    deserialize: bytes => read(asBuffer(bytes), 0, bytes.length),
    serializeInto(value, buffer, offset) {
      check(value)
      const length = writeKey(value.key, buffer, offset)
      const spare = (length < 0 ? length : buffer.length - offset - length) - windowBytes
      if (spare < 0) return spare
      writeInt64(value.end, buffer, offset + length)
      writeInt64(value.start, buffer, offset + length + 8)
      return length + windowBytes
    },
    deserializeFrom: read,
  }
  made.set(key, serde)
  return serde
}

/** One for each serde of keys, so that topics which name theirs in place can be merged and joined. */
const made = new WeakMap<Serde<any>, WindowedSerde<any>>()

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value)
}

import { asBuffer } from '../serde/buffer.js'
import { directReader, directWriter, type DirectReader, type DirectWriter } from '../serde/direct.js'
import type { Serde } from '../serde/serde.js'
import type { Arena } from './arena.js'
import type { Held } from './layers.js'
import { stamp, timestampBytes } from './stored.js'

/**
 * Values of a store as they are held in memory: primitives that the serde keeps as they are, all others as their stored
 * bytes, so that nobody who gets a value shares it.
 */
export class ValueCodec<V> {
  readonly #write: DirectWriter<V>
  readonly #read: DirectReader<V>
  readonly #keeps: (value: V) => boolean
  #scratch: Buffer = Buffer.allocUnsafeSlow(1024)

  constructor(serde: Serde<V>) {
    this.#write = directWriter(serde)
    this.#read = directReader(serde)
    this.#keeps = serde.keeps ?? (() => false)
  }

  /**
   * A value to be held. Where the bytes go into `reuse` exactly, they are written there: pass only what nobody else holds.
   *
   * @throws SluiceError SERIALIZE
   */
  hold(value: V, timestamp: number, reuse: Held): Held {
    if (this.#keeps(value)) return value as Held
    for (;;) {
      const length = this.#write(value, this.#scratch, timestampBytes)
      if (length >= 0) {
        const end = timestampBytes + length
        const held = Buffer.isBuffer(reuse) && reuse.length === end ? reuse : Buffer.allocUnsafe(end)
        stamp(this.#scratch, timestamp)
        held.set(this.#scratch.subarray(0, end))
        return held
      }
      this.#scratch = Buffer.allocUnsafeSlow((this.#scratch.length - length) * 2)
    }
  }

  /** What a database had, held. */
  load(stored: Uint8Array): Held {
    const value = this.fromStored(stored)
    return this.#keeps(value) ? (value as Held) : asBuffer(stored)
  }

  /** @throws SluiceError DESERIALIZE */
  read(held: NonNullable<Held>): V {
    return typeof held === 'object' ? this.fromStored(held) : (held as V)
  }

  fromStored(stored: Uint8Array): V {
    return this.#read(asBuffer(stored), timestampBytes, stored.length)
  }

  /** Stored bytes that nobody changes any more. */
  stored(held: NonNullable<Held>, timestamp: number, arena: Arena): Buffer {
    if (typeof held === 'object') return held
    const stored = arena.take(this.#write, held as V, timestampBytes)
    stamp(stored, timestamp)
    return stored
  }
}

import { asBuffer } from '../serde/buffer.js'
import { directReader, directWriter, type DirectReader, type DirectWriter } from '../serde/direct.js'
import type { Serde } from '../serde/serde.js'
import { readLatin1, writeLatin1 } from '../serde/text.js'
import type { Arena } from './arena.js'
import type { Slot } from './layers.js'

/**
 * Keys of a store as slots and as bytes. Where the serde's values can key a Map, the slot is the key itself; otherwise it
 * is the latin1 text of the key's bytes, so that two keys share a slot exactly when they share their bytes.
 */
export class KeyCodec<K> {
  /** The slot is the key itself, provided that `keeps` says so. */
  readonly direct: boolean
  readonly #serde: Serde<K>
  readonly #write: DirectWriter<K>
  readonly #read: DirectReader<K>
  readonly #keeps: (key: K) => boolean
  #scratch: Buffer = Buffer.allocUnsafeSlow(256)

  constructor(serde: Serde<K>) {
    this.direct = serde.mapKeys === true && serde.keeps !== undefined
    this.#serde = serde
    this.#write = directWriter(serde)
    this.#read = directReader(serde)
    this.#keeps = serde.keeps ?? (() => false)
  }

  /** @throws SluiceError SERIALIZE */
  slot(key: K): Slot {
    if (!this.direct) return this.#text(key)
    // What the serde changes on the way (a lone surrogate, say) is looked up as what it becomes.
    return this.#keeps(key) ? (key as Slot) : (this.#serde.deserialize(this.#serde.serialize(key)) as Slot)
  }

  /** The bytes of a slot, valid until the next call of any method here. */
  bytes(slot: Slot): Buffer {
    for (;;) {
      const length = this.#writeSlot(slot, this.#scratch, 0)
      if (length >= 0) return this.#scratch.subarray(0, length)
      this.#grow(length)
    }
  }

  /** The bytes of a slot, to be kept. */
  keep(slot: Slot, arena: Arena): Buffer {
    return arena.take(this.#writeSlot, slot, 0)
  }

  /** A slot as a key; objects are made anew. */
  key(slot: Slot): K {
    return this.direct ? (slot as K) : this.fromBytes(Buffer.from(slot as string, 'latin1'))
  }

  fromBytes(bytes: Uint8Array): K {
    return this.#read(asBuffer(bytes), 0, bytes.length)
  }

  readonly #writeSlot = (slot: Slot, buffer: Buffer, offset: number): number =>
    this.direct ? this.#write(slot as K, buffer, offset) : writeLatin1(slot as string, buffer, offset)

  #text(key: K): string {
    for (;;) {
      const length = this.#write(key, this.#scratch, 0)
      if (length >= 0) return readLatin1(this.#scratch, 0, length)
      this.#grow(length)
    }
  }

  #grow(missing: number): void {
    this.#scratch = Buffer.allocUnsafeSlow((this.#scratch.length - missing) * 2)
  }
}

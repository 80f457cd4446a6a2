import { directReader, type DirectReader } from '../serde/direct.js'
import { readFailure } from '../serde/failure.js'
import type { Serde } from '../serde/serde.js'
import type { UnreadBytes } from '../serde/unread.js'
import { DecodedValues } from './decoded-values.js'
import type { Entries, EntryId } from './entries.js'
import { Scratch } from './scratch.js'
import { timestampBytes, timestampOf } from './stored.js'

const noBytes = Buffer.alloc(0)

/**
 * The values of a store's entries, read from their bytes and written to them. Where the serde can copy values, those of hot
 * keys are kept as they were read: every change of an entry's value comes through here, so that none is kept that is old.
 */
export class EntryValues<V> {
  /** Milliseconds: of the value that was answered last; -1 when that was `undefined`. */
  timestamp = -1
  readonly #entries: Entries
  readonly #scratch: Scratch<V>
  readonly #read: DirectReader<V>
  readonly #decoded: DecodedValues<V> | undefined

  /**
   * @param store whose values they are
   * @param mostDecoded bytes of the values that are kept as read
   */
  constructor(entries: Entries, value: Serde<V>, store: string, mostDecoded: number) {
    this.#entries = entries
    this.#scratch = new Scratch(value, store)
    this.#read = named(directReader(value), store)
    const { copies } = value
    this.#decoded = copies && new DecodedValues(entries, copies, mostDecoded)
  }

  /** The entry's value; sets `timestamp`. */
  answer(id: EntryId): V | undefined {
    const entries = this.#entries
    const kept = entries.isPresent(id) ? this.#decoded?.get(id) : undefined
    if (kept !== undefined) {
      this.timestamp = entries.timestamp(id)
      return kept
    }
    const [start, end] = [entries.keyEnd(id), entries.valueEnd(id)]
    const value = this.#answer(entries.buffer(id), start, end)
    if (value !== undefined) this.#decoded?.meet(id, value, end - start)
    return value
  }

  /** What the listener last heard of an entry that is untold; sets `timestamp`. */
  answerTold(id: EntryId): V | undefined {
    const entries = this.#entries
    return this.#answer(entries.toldBuffer, entries.toldStart(id), entries.toldEnd(id))
  }

  /** The entry's value for the listener. */
  newest(id: EntryId): V | null {
    const entries = this.#entries
    const end = entries.valueEnd(id)
    if (end < 0) return null
    return this.#decoded?.get(id) ?? this.#read(entries.buffer(id), entries.keyEnd(id) + timestampBytes, end)
  }

  /** What the listener last heard of an entry that is untold. */
  told(id: EntryId): V | null {
    const entries = this.#entries
    const end = entries.toldEnd(id)
    return end < 0 ? null : this.#read(entries.toldBuffer, entries.toldStart(id) + timestampBytes, end)
  }

  /** The value in a database's bytes, which begin with its timestamp. */
  ofStored(stored: Buffer): V {
    return this.#read(stored, timestampBytes, stored.length)
  }

  /** Whether it keeps any as they were read. */
  get keepsDecoded(): boolean {
    return this.#decoded !== undefined
  }

  /** Whether setting this value would change nothing but the time, as far as that is known. */
  isNewest(id: EntryId, value: V): boolean {
    return this.#entries.isPresent(id) && this.#decoded?.isSame(id, value) === true
  }

  /** How many bytes the value takes, for `set`. @throws Unstorable for one that cannot be kept */
  lengthOf(value: V, read: UnreadBytes | undefined): number {
    return read === undefined ? this.#scratch.write(value) : read.valueEnd - read.valueStart
  }

  /**
   * Sets the entry's value, `lengthOf` which was just asked for.
   *
   * @param read where its bytes lie that it was read from
   */
  set(id: EntryId, value: V, length: number, timestamp: number, read: UnreadBytes | undefined): void {
    if (read === undefined) {
      this.#entries.set(id, this.#scratch.buffer, 0, length, timestamp)
      this.#decoded?.meet(id, value, length)
    } else {
      this.#entries.set(id, read.buffer, read.valueStart, read.valueEnd, timestamp)
      // Whoever had the value before may have changed it.
      this.#decoded?.changed(id)
    }
  }

  /** Sets the entry's value to the one in `values[0, end)`. */
  setBytes(id: EntryId, values: Buffer, end: number, timestamp: number): void {
    this.#entries.set(id, values, 0, end, timestamp)
    this.#decoded?.forget(id)
  }

  remove(id: EntryId, timestamp: number): void {
    this.setBytes(id, noBytes, -1, timestamp)
  }

  /** Reads a stored value (`end` -1: none); sets `timestamp`. */
  #answer(buffer: Buffer, start: number, end: number): V | undefined {
    if (end < 0) {
      this.timestamp = -1
      return undefined
    }
    this.timestamp = timestampOf(buffer, start)
    return this.#read(buffer, start + timestampBytes, end)
  }
}

/** Bytes that a former version of the pipeline wrote may be of another format: the error names the store. */
function named<V>(read: DirectReader<V>, store: string): DirectReader<V> {
  return (buffer, start, end) => {
    try {
      return read(buffer, start, end)
    } catch (error) {
      throw readFailure(error).at({ store })
    }
  }
}

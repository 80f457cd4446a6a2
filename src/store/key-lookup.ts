import { asBuffer } from '../serde/buffer.js'
import type { Serde } from '../serde/serde.js'
import { readLatin1 } from '../serde/text.js'
import { unread, type UnreadBytes } from '../serde/unread.js'
import type { Entries, EntryId } from './entries.js'
import { RecentKeys } from './recent-keys.js'
import { Scratch } from './scratch.js'
import type { StateStore } from './state-db.js'

/** Keys as bytes, in `bytes[start, end)`. */
export interface KnownKeys {
  /** Never wrongly false. */
  mayHold(bytes: Buffer, start: number, end: number): boolean
  add(bytes: Buffer, start: number, end: number): void
}

export interface KeyLookupOptions<K> {
  readonly name: string
  readonly key: Serde<K>
  readonly db: StateStore
  readonly entries: Entries
  /** Set where keys are objects that nobody changes: those of the last look-ups are then known by themselves. */
  readonly keysStay: boolean
  readonly known: KnownKeys | undefined
}

const noKey = Symbol('no key')

/**
 * From a key to its entry: that of the last look-up (an operator that gets a key mostly puts it next), one that is in
 * memory, or one that is taken in from the database.
 *
 * What changes entries by their bytes forgets the last one: the key may be that of another object, or its entry another's.
 */
export class KeyLookup<K> {
  databaseReads = 0
  lookups = 0
  /** Bytes of the value that was put last: a new one is likely to take as many. */
  room = 0
  readonly #db: StateStore
  readonly #entries: Entries
  readonly #keys: Scratch<K>
  readonly #recent: RecentKeys | undefined
  readonly #known: KnownKeys | undefined
  #lastKey: unknown = noKey
  #last: EntryId = -1
  /** Where the last key lies, if it was not read. */
  #lastBytes: UnreadBytes | undefined
  #lastStart = -1
  /** Whose key is meant by one that was not read. */
  #record: { readonly unread: UnreadBytes | undefined } | undefined

  constructor({ name, key, db, entries, keysStay, known }: KeyLookupOptions<K>) {
    this.#db = db
    this.#entries = entries
    this.#keys = new Scratch(key, name)
    this.#recent = keysStay ? new RecentKeys(entries) : undefined
    this.#known = known
  }

  keysOf(record: { readonly unread: UnreadBytes | undefined }): void {
    this.#record = record
  }

  entry(key: K): EntryId {
    const last = this.last(key)
    if (last >= 0) return last
    if ((key as unknown) === unread) {
      const { buffer, keyStart, keyEnd } = this.#record!.unread!
      return this.#note(key, this.idOf(buffer, keyStart, keyEnd))
    }
    const length = this.#keys.write(key)
    return this.#note(key, this.idOf(this.#keys.buffer, 0, length))
  }

  /**
   * The entry of a key whose former value does not matter: the database is not asked for it.
   *
   * @param isLacking whether the key is known to have none
   */
  entryToWrite(key: K, isLacking: boolean = false): EntryId {
    const last = this.last(key)
    if (last >= 0) return last
    if ((key as unknown) === unread) {
      const { buffer, keyStart, keyEnd } = this.#record!.unread!
      return this.#note(key, this.#idToWrite(buffer, keyStart, keyEnd, isLacking))
    }
    const length = this.#keys.write(key)
    return this.#note(key, this.#idToWrite(this.#keys.buffer, 0, length, isLacking))
  }

  /** The entry of a key of the last look-ups; -1 where it is none, or is not known as one. */
  last(key: K): EntryId {
    if (this.#recent !== undefined) return this.#recent.find(key)
    return key === this.#lastKey && this.#isSame(key) ? this.#last : -1
  }

  /** The entry of the key in `buffer[start, end)`, read from the database where it is not in memory. */
  idOf(buffer: Buffer, start: number, end: number): EntryId {
    this.lookups++
    const id = this.#entries.find(buffer, start, end)
    if (id >= 0) return id
    if (this.#known?.mayHold(buffer, start, end) === false) {
      return this.#entries.add(buffer, start, end, undefined, this.room)
    }
    this.databaseReads++
    return this.#entries.add(buffer, start, end, this.#db.get(buffer.subarray(start, end)), this.room)
  }

  /** The entry has a value now, and had none. */
  isNew(id: EntryId): void {
    const entries = this.#entries
    this.#known?.add(entries.buffer(id), entries.keyStart(id), entries.keyEnd(id))
  }

  forgetLast(): void {
    this.#lastKey = noKey
    this.#last = -1
  }

  /** A copy of the key's bytes. */
  bytesOf(key: K): Buffer {
    const length = this.#keys.write(key)
    return Buffer.from(this.#keys.buffer.subarray(0, length))
  }

  async prefetch(keys: readonly Uint8Array[]): Promise<void> {
    const entries = this.#entries
    // A hot key that is new comes many times.
    const wanted = new Map<string, Uint8Array>()
    for (const key of keys) {
      if (entries.find(key, 0, key.length) < 0) wanted.set(readLatin1(asBuffer(key), 0, key.length), key)
    }
    if (wanted.size === 0) return
    const missing = [...wanted.values()]
    this.databaseReads += missing.length
    const { version } = entries
    const found = await this.#db.getMany(missing)
    // A commit in between may have made what was found old: then the reads ask the database themselves.
    if (version !== entries.version) return
    this.forgetLast()
    missing.forEach((key, i) => {
      const stored = found[i]
      if (entries.find(key, 0, key.length) >= 0) return
      entries.add(key, 0, key.length, stored, stored === undefined ? this.room : 0)
    })
  }

  #idToWrite(buffer: Buffer, start: number, end: number, isLacking: boolean): EntryId {
    this.lookups++
    const entries = this.#entries
    const found = entries.find(buffer, start, end)
    if (found >= 0) return found
    return isLacking
      ? entries.add(buffer, start, end, undefined, this.room)
      : entries.addUnread(buffer, start, end, this.room)
  }

  #note(key: K, id: EntryId): EntryId {
    if (this.#recent === undefined) {
      this.#lastKey = key
      this.#last = id
      if ((key as unknown) === unread) {
        const bytes = this.#record!.unread!
        this.#lastBytes = bytes
        this.#lastStart = bytes.keyStart
      }
    } else this.#recent.note(key, id)
    return id
  }

  /** Whether a key that equals the last one has its bytes: an object may have changed since, and 0 equals -0. */
  #isSame(key: K): boolean {
    if ((key as unknown) === unread) {
      const bytes = this.#record!.unread!
      return bytes === this.#lastBytes && bytes.keyStart === this.#lastStart
    }
    return typeof key === 'string' || (typeof key !== 'object' && Object.is(key, this.#lastKey))
  }
}

import { copyBytes } from '../serde/copy-bytes.js'
import { hashOf, KeyIndex, type KeyOwner } from './key-index.js'
import { Segments, warmedAtOnce, type Address, type Segment } from './segments.js'
import { stamp, timestampBytes, timestampOf } from './stored.js'
import { Unsaved } from './unsaved.js'
import { UntoldQueue, type QueueOwner } from './untold-queue.js'

/** A number by which an entry is known as long as it is in memory; used again afterwards. */
export type EntryId = number

/** The smallest budget, in bytes: below it, moving the entries that must stay would cost more than the memory is worth. */
const leastBytes = 16 * 1024
/** More than an address can tell apart is not used. */
const mostBytes = 2 ** 31
/** Into how many segments a budget is cut: a segment is what is freed at a time. */
const segmentsPerBudget = 8
/** Before the key in a block: eight integers, see below. */
const headBytes = 32
/** What is of the block itself, not of its entry: the first two of them. */
const ownBytes = 8
/** What is uncommitted is counted with so much beside key and value: its place in the tables and in the lists. */
const entryBytes = 64
const noAddress = -1
/** Tables of fewer entries are small anyway. */
const leastSparse = 1_024
/** Nothing is freed while more than so many quarters of the memory must stay: most of it would only be copied. */
const stayingQuarters = 3

// In place of a number of what was told.
const toldNothing = -1
const toldValue = -2

const uncommitted = 1
const untold = 2
/** Found since it was written or last saved from being freed. */
const found = 4
/** Being written: it must not be freed meanwhile. */
const busy = 8
/** Neither the database nor a drain has a value. */
const unwritten = 16
const mustStay = uncommitted | untold | busy

// The integers at the beginning of a block. They lie beside key and value because each place in memory that is looked at
// costs more than what is done there.
const idAt = 0
/** Of the whole block, in bytes. */
const sizeAt = 1
const keyBytes = 2
/** Of the value; -1 where there is none. */
const valueBytes = 3
const flags = 4
/** Of an untold one: the number of what was told, or where that is not kept, whether it was a value. */
const toldAt = 5
/** Of an untold one: where in the queue it lies; other places of it are out of date. */
const placeAt = 6
/** The number of the last drain that took the value; of a committed one, where none did. */
const drainedBy = 7

/**
 * The entries of a store that are in memory: a bounded cache of what the database holds too (absence included), and,
 * unbounded, what it does not hold yet or what the listener was not told yet.
 *
 * An entry is a block of bytes: a few integers, its key, its timestamp and its value as the database has them. No object is
 * made for one, so that a million entries cost the garbage collector nothing. Blocks are freed in the order in which they
 * were written, a segment at a time; those found in the meantime are written anew instead (the second chance of the clock
 * algorithm).
 */
export class Entries implements KeyOwner, QueueOwner {
  /** Changes whenever the database may have changed. */
  version = 0
  /** What was loaded has to go somewhere: otherwise nothing would be. */
  warmed = 0
  /** How many entries have left the memory so far: an id of before may be another's since. */
  freed = 0
  readonly #limit: number
  readonly #segments: Segments
  readonly #index = new KeyIndex(this)
  readonly #unsaved = new Unsaved()
  readonly #untold = new UntoldQueue(this)
  /** Where the block of each entry lies; ids are what the tables above have. */
  #addresses = new Int32Array(64)
  #free: EntryId[] = []
  #count = 0
  readonly #warming = new Int32Array(warmedAtOnce)

  constructor(cacheBytes: number) {
    this.#limit = Math.min(Math.max(cacheBytes, leastBytes), mostBytes)
    this.#segments = new Segments(this.#limit / segmentsPerBudget)
  }

  /** The entry of the key in `buffer[start, end)`; -1 where none is in memory. */
  find(buffer: Uint8Array, start: number, end: number): EntryId {
    const id = this.#index.find(hashOf(buffer, start, end), buffer, start, end)
    if (id >= 0) {
      const address = this.#addresses[id]!
      this.#segments.ints(address)[this.#segments.place(address) + flags]! |= found
    }
    return id
  }

  /**
   * Takes in an entry that is not in memory, as the database has it.
   *
   * @param room of the value that it is about to get, so that its bytes are written only once
   */
  add(buffer: Uint8Array, start: number, end: number, stored: Uint8Array | undefined, room: number = 0): EntryId {
    const length = stored === undefined ? -1 : stored.length - timestampBytes
    const id = this.#free.pop() ?? this.#newId()
    const address = this.#allocate(id, headBytes + end - start + timestampBytes + Math.max(length, room))
    this.#addresses[id] = address
    const ints = this.#segments.ints(address)
    const at = this.#segments.place(address)
    ints[at + keyBytes] = end - start
    ints[at + valueBytes] = length
    ints[at + flags] = stored === undefined ? unwritten : 0
    ints[at + drainedBy] = this.#unsaved.lastCommitted
    const into = this.#segments.buffer(address)
    const valueAt = copyBytes(into, this.#segments.offset(address) + headBytes, buffer, start, end)
    if (stored === undefined) stamp(into, valueAt, -1)
    else copyBytes(into, valueAt, stored, 0, stored.length)
    this.#index.add(hashOf(buffer, start, end), id)
    return id
  }

  /** Takes in an entry that is not in memory and is about to be written: what the database has is not known. */
  addUnread(buffer: Uint8Array, start: number, end: number, room: number = 0): EntryId {
    const id = this.add(buffer, start, end, undefined, room)
    this.#setNumber(id, flags, 0)
    return id
  }

  /** Where the entry's bytes lie, until the next call of `add`, `addUnread` or `set`: key, then timestamp and value. */
  buffer(id: EntryId): Buffer {
    return this.#segments.buffer(this.#addresses[id]!)
  }

  keyStart(id: EntryId): number {
    return this.#segments.offset(this.#addresses[id]!) + headBytes
  }

  /** Where the key ends, and the stored value begins. */
  keyEnd(id: EntryId): number {
    return this.keyStart(id) + this.#number(id, keyBytes)
  }

  /** -1: there is no value. */
  valueEnd(id: EntryId): number {
    const length = this.#number(id, valueBytes)
    return length < 0 ? -1 : this.keyEnd(id) + timestampBytes + length
  }

  isPresent(id: EntryId): boolean {
    return this.#number(id, valueBytes) >= 0
  }

  timestamp(id: EntryId): number {
    return timestampOf(this.buffer(id), this.keyEnd(id))
  }

  /** Sets the value to `from[start, end)` (`end` -1: none). It is newer than all that was drained. */
  set(id: EntryId, from: Buffer, start: number, end: number, timestamp: number): void {
    const length = end < 0 ? -1 : end - start
    const former = this.#number(id, valueBytes)
    if (length > former) this.#fit(id, timestampBytes + length)
    this.#setNumber(id, valueBytes, length)
    const into = this.buffer(id)
    const valueAt = this.keyEnd(id)
    stamp(into, valueAt, timestamp)
    if (length > 0) copyBytes(into, valueAt + timestampBytes, from, start, end)
    this.#changed(id, Math.max(length, 0) - Math.max(former, 0))
  }

  /** Sets the time of a value that stays as it is. */
  touch(id: EntryId, timestamp: number): void {
    stamp(this.buffer(id), this.keyEnd(id), timestamp)
    this.#changed(id, 0)
  }

  /**
   * To be called before a change is made: the listener still has to hear of it.
   *
   * @param keepsTold whether what it last heard is kept
   */
  holdBack(id: EntryId, keepsTold: boolean): void {
    const address = this.#addresses[id]!
    const ints = this.#segments.ints(address)
    const at = this.#segments.place(address)
    if ((ints[at + flags]! & untold) === 0) {
      ints[at + flags]! |= untold
      this.#untold.entries++
      if (keepsTold) ints[at + toldAt] = this.#untold.told.add(this.buffer(id), this.keyEnd(id), this.valueEnd(id))
      else ints[at + toldAt] = ints[at + valueBytes]! >= 0 ? toldValue : toldNothing
    }
    this.#untold.push(id)
  }

  placeOf(id: EntryId): number {
    return this.#number(id, placeAt)
  }

  setPlace(id: EntryId, place: number): void {
    this.#setNumber(id, placeAt, place)
  }

  isUntold(id: EntryId): boolean {
    return (this.#number(id, flags) & untold) !== 0
  }

  /** While the entry is untold: whether the listener last heard of a value. */
  wasTold(id: EntryId): boolean {
    const number = this.#number(id, toldAt)
    return number < 0 ? number === toldValue : this.#untold.told.end(number) >= 0
  }

  /** While the entry is untold: where what the listener last heard is stored, if it is kept. */
  get toldBuffer(): Buffer {
    return this.#untold.told.buffer
  }

  toldStart(id: EntryId): number {
    return this.#untold.told.start(this.#number(id, toldAt))
  }

  /** -1: it last heard of no value. */
  toldEnd(id: EntryId): number {
    return this.#untold.told.end(this.#number(id, toldAt))
  }

  /** The next entry that the listener has to hear of; -1 when there is none. In the order of the latest changes. */
  nextUntold(): EntryId {
    return this.#untold.next()
  }

  /** The listener hears of the newest value now. */
  tell(id: EntryId): void {
    this.#setNumber(id, flags, this.#number(id, flags) & ~untold)
    this.#untold.entries--
  }

  /**
   * Hands out all uncommitted entries, but those that came and went since the last drain; they are in flight from here on.
   * Ids of before may be others' afterwards.
   */
  drain(each: (id: EntryId) => void): void {
    if (this.#isSparse) this.#renumber()
    const { ids, number } = this.#unsaved.drain()
    for (let i = 0; i < ids.length; i++) {
      if (i % warmedAtOnce === 0) this.warm(ids, i, Math.min(i + warmedAtOnce, ids.length))
      const id = ids[i]!
      const flag = this.#number(id, flags) & ~uncommitted
      const isGone = !this.isPresent(id)
      this.#setNumber(id, flags, isGone ? flag | unwritten : flag & ~unwritten)
      this.#setNumber(id, drainedBy, number)
      if (!isGone || (flag & unwritten) === 0) each(id)
    }
  }

  /** The oldest drain is in the database. */
  committed(): void {
    this.version++
    this.#unsaved.committed()
  }

  clear(): void {
    this.version++
    this.freed += this.#count
    this.#segments.clear()
    this.#index.clear()
    this.#addresses = new Int32Array(64)
    this.#free = []
    this.#count = 0
    this.#unsaved.clear()
    this.#untold.clear()
  }

  /**
   * Has the processor load these entries: it waits for one after the other where each is looked at by itself, and for many
   * at once here.
   */
  warm(ids: ArrayLike<EntryId>, first: number, end: number): void {
    let sum = 0
    for (let i = first; i < end; i++) sum += this.#segments.load(this.#addresses[ids[i]!]!)
    this.warmed = sum
  }

  /** Has the processor load the entries of the keys in `keys[starts[i], ends[i])`; at most `warmedAtOnce`. */
  warmKeys(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    const ids = this.#warming
    let found = 0
    for (let i = 0; i < count; i++) ids[i] = hashOf(keys, starts[i]!, ends[i]!)
    for (let i = 0; i < count; i++) {
      const id = this.#index.likely(ids[i]!)
      if (id >= 0) ids[found++] = id
    }
    this.warm(ids, 0, found)
  }

  /** Of those that no drain has taken. */
  get uncommittedBytes(): number {
    return this.#unsaved.bytes
  }

  /** Entries whose value the database does not hold, or did not when its last snapshot was taken. Each once. */
  notInDatabase(): Iterable<EntryId> {
    return this.#unsaved.all()
  }

  isKey(id: EntryId, buffer: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    const address = this.#addresses[id]!
    if (this.#segments.ints(address)[this.#segments.place(address) + keyBytes] !== length) return false
    const own = this.#segments.buffer(address)
    const from = this.#segments.offset(address) + headBytes
    for (let i = 0; i < length; i++) if (own[from + i] !== buffer[start + i]) return false
    return true
  }

  #number(id: EntryId, which: number): number {
    const address = this.#addresses[id]!
    return this.#segments.ints(address)[this.#segments.place(address) + which]!
  }

  #setNumber(id: EntryId, which: number, to: number): void {
    const address = this.#addresses[id]!
    this.#segments.ints(address)[this.#segments.place(address) + which] = to
  }

  /** An entry is newer than all that was drained, its value longer by so many bytes. */
  #changed(id: EntryId, longer: number): void {
    const address = this.#addresses[id]!
    const ints = this.#segments.ints(address)
    const at = this.#segments.place(address)
    if ((ints[at + flags]! & uncommitted) !== 0) this.#unsaved.bytes += longer
    else {
      ints[at + flags]! |= uncommitted
      this.#unsaved.add(id, entryBytes + ints[at + keyBytes]! + Math.max(ints[at + valueBytes]!, 0))
    }
  }

  /** What it takes in memory, about. */
  get bytes(): number {
    return this.#segments.bytes + this.#index.bytes + this.#addresses.byteLength
  }

  /** Whether what must stay leaves enough to be freed. */
  get #mayFree(): boolean {
    return this.#unsaved.allBytes * 4 <= this.#segments.bytes * stayingQuarters
  }

  /**
   * Whether the tables are far larger than what is in memory needs, as they are behind a burst of changes: they count, so
   * that little of the budget would be left for entries.
   */
  get #isSparse(): boolean {
    const isQuiet = this.#untold.isEmpty
    return isQuiet && this.#count > leastSparse && (this.#count - this.#free.length) * 4 < this.#count
  }

  /** Gives the entries ids from 0 on, in tables that fit. Nothing may be untold. */
  #renumber(): void {
    const former = this.#addresses
    const ids = new Int32Array(this.#count)
    const left = this.#count - this.#free.length
    this.freed += this.#count
    this.#count = 0
    this.#free = []
    this.#addresses = new Int32Array(Math.ceil(left * 1.5) + 1)
    this.#index.clear()
    for (let id = 0; id < ids.length; id++) {
      const address = former[id]!
      if (address === noAddress) continue
      const next = (ids[id] = this.#newId())
      this.#addresses[next] = address
      this.#setNumber(next, idAt, next)
      this.#index.add(hashOf(this.buffer(next), this.keyStart(next), this.keyEnd(next)), next)
    }
    this.#unsaved.renumber(ids)
  }

  #newId(): EntryId {
    const id = this.#count++
    if (id >= this.#addresses.length) {
      const addresses = new Int32Array(Math.ceil(id * 1.5))
      addresses.set(this.#addresses)
      this.#addresses = addresses
    }
    this.#addresses[id] = noAddress
    return id
  }

  /** Makes the entry's block large enough for so many stored bytes. */
  #fit(id: EntryId, stored: number): void {
    const needed = headBytes + this.#number(id, keyBytes) + stored
    if (this.#number(id, sizeAt) >= needed) return
    this.#setNumber(id, flags, this.#number(id, flags) | busy)
    // A value that has grown may grow again.
    const block = this.#allocate(id, needed + (stored >> 1))
    this.#setNumber(id, flags, this.#number(id, flags) & ~busy)
    const from = this.#segments.offset(this.#addresses[id]!) + ownBytes
    copyBytes(
      this.#segments.buffer(block),
      this.#segments.offset(block) + ownBytes,
      this.buffer(id),
      from,
      this.keyEnd(id),
    )
    this.#addresses[id] = block
  }

  /** A block for the entry, its head written. Entries that need not stay may be freed for it. */
  #allocate(id: EntryId, bytes: number): Address {
    const size = (bytes + 7) & ~7
    if (!this.#segments.fits(size)) {
      const more = Math.max(size, this.#segments.size)
      // At most two for one, so that the memory shrinks to the limit in time and no call takes long.
      for (let i = 0; i < 2 && this.bytes + more > this.#limit && this.#mayFree; i++) {
        this.#segments.freeOldest(this.#save)
      }
      if (!this.#segments.fits(size)) this.#segments.open(size)
    }
    return this.#place(id, size)
  }

  #place(id: EntryId, size: number): Address {
    const block = this.#segments.take(size)
    const ints = this.#segments.ints(block)
    const at = this.#segments.place(block)
    ints[at + idAt] = id
    ints[at + sizeAt] = size
    return block | 0
  }

  /** Goes through a segment that is about to be freed: what must stay is copied, and some of what was found lately. */
  readonly #save = ({ buffer, ints, used }: Segment, segment: Address): void => {
    let chances = this.#segments.size >> 1
    for (let start = 0; start < used;) {
      const at = start >> 2
      const id = ints[at + idAt]!
      const size = ints[at + sizeAt]!
      if (this.#addresses[id] === ((segment + start) | 0)) {
        const flag = ints[at + flags]!
        const stays = (flag & mustStay) !== 0 || this.#unsaved.isInFlight(ints[at + drainedBy]!)
        if (stays || ((flag & found) !== 0 && size <= chances)) {
          if (!stays) chances -= size
          ints[at + flags] = flag & ~found
          this.#move(id, buffer, start, size)
        } else this.#drop(id)
      }
      start += size
    }
  }

  #move(id: EntryId, from: Buffer, start: number, size: number): void {
    if (!this.#segments.fits(size)) this.#segments.open(size)
    const block = this.#place(id, size)
    const into = this.#segments.offset(block) + ownBytes
    copyBytes(this.#segments.buffer(block), into, from, start + ownBytes, start + size)
    this.#addresses[id] = block
  }

  #drop(id: EntryId): void {
    this.#index.remove(hashOf(this.buffer(id), this.keyStart(id), this.keyEnd(id)), id)
    this.#addresses[id] = noAddress
    this.freed++
    this.#free.push(id)
  }
}

import { copyBytes } from '../serde/copy-bytes.js'
import { hashOf, KeyIndex, type KeyOwner } from './key-index.js'
import { Segments, type Address } from './segments.js'
import { stamp, timestampBytes, timestampOf } from './stored.js'
import { ToldValues } from './told-values.js'

/** A number by which an entry is known as long as it is in memory; used again afterwards. */
export type EntryId = number

/** The smallest budget, in bytes: below it, moving the entries that must stay would cost more than the memory is worth. */
const leastBytes = 16 * 1024
/** More than an address can tell apart is not used. */
const mostBytes = 2 ** 31
/** Into how many segments a budget is cut: a segment is what is freed at a time. */
const segmentsPerBudget = 8
/** Before the key in a block: the entry's id and the size of the block, int32 each. */
const headBytes = 8
/** What is uncommitted is counted with so much beside key and value: its place in the tables and in the lists. */
const entryBytes = 64
const noAddress = -1
/** Entries that are warmed together: about as many as a processor loads at once. */
export const warmedAtOnce = 32
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
const mustStay = uncommitted | untold | busy
/** From here on the flags count the drains that took the value and are not in the database yet. */
const flight = 16

// Numbers of an entry, side by side: each place in memory that is looked at costs more than what is done there.
const stride = 8
const address = 0
const keyBytes = 1
/** Of the value; -1 where there is none. */
const valueBytes = 2
const flags = 3
/** Of an untold one: the number of what was told, or where that is not kept, whether it was a value. */
const toldAt = 4
/** Of an untold one: where in the queue it lies; other places of it are out of date. */
const placeAt = 5

/**
 * The entries of a store that are in memory: a bounded cache of what the database holds too (absence included), and,
 * unbounded, what it does not hold yet or what the listener was not told yet.
 *
 * An entry is a block of bytes: its key, its timestamp and its value as the database has them. No object is made for one,
 * so that a million entries cost the garbage collector nothing. Blocks are freed in the order in which they were written,
 * a segment at a time; those found in the meantime are written anew instead (the second chance of the clock algorithm).
 */
export class Entries implements KeyOwner {
  /** Changes whenever the database may have changed. */
  version = 0
  uncommittedBytes = 0
  /** What was loaded has to go somewhere: otherwise nothing would be. */
  warmed = 0
  /** How many entries have left the memory so far: an id of before may be another's since. */
  freed = 0
  readonly #limit: number
  readonly #segments: Segments
  readonly #index = new KeyIndex(this)
  #table = new Int32Array(stride * 64)
  #free: EntryId[] = []
  #count = 0
  readonly #told = new ToldValues()
  #uncommitted: EntryId[] = []
  #inFlight: { readonly ids: readonly EntryId[]; readonly bytes: number }[] = []
  #inFlightBytes = 0
  #untold: EntryId[] = []
  #nextUntold = 0
  readonly #warming = new Int32Array(warmedAtOnce)

  constructor(cacheBytes: number) {
    this.#limit = Math.min(Math.max(cacheBytes, leastBytes), mostBytes)
    this.#segments = new Segments(this.#limit / segmentsPerBudget)
  }

  /** The entry of the key in `buffer[start, end)`; -1 where none is in memory. */
  find(buffer: Uint8Array, start: number, end: number): EntryId {
    const id = this.#index.find(hashOf(buffer, start, end), buffer, start, end)
    if (id >= 0) this.#table[id * stride + flags]! |= found
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
    const at = id * stride
    this.#table[at + keyBytes] = end - start
    this.#table[at + valueBytes] = length
    this.#table[at + flags] = 0
    const block = this.#allocate(id, headBytes + end - start + timestampBytes + Math.max(length, room))
    this.#table[at + address] = block
    const into = this.#segments.buffer(block)
    const valueAt = copyBytes(into, this.#segments.offset(block) + headBytes, buffer, start, end)
    if (stored === undefined) stamp(into, valueAt, -1)
    else copyBytes(into, valueAt, stored, 0, stored.length)
    this.#index.add(hashOf(buffer, start, end), id)
    return id
  }

  /** Where the entry's bytes lie, until the next call of `add` or `set`: key, then timestamp and value. */
  buffer(id: EntryId): Buffer {
    return this.#segments.buffer(this.#table[id * stride + address]!)
  }

  keyStart(id: EntryId): number {
    return this.#segments.offset(this.#table[id * stride + address]!) + headBytes
  }

  /** Where the key ends, and the stored value begins. */
  keyEnd(id: EntryId): number {
    return this.keyStart(id) + this.#table[id * stride + keyBytes]!
  }

  /** -1: there is no value. */
  valueEnd(id: EntryId): number {
    const length = this.#table[id * stride + valueBytes]!
    return length < 0 ? -1 : this.keyEnd(id) + timestampBytes + length
  }

  isPresent(id: EntryId): boolean {
    return this.#table[id * stride + valueBytes]! >= 0
  }

  timestamp(id: EntryId): number {
    return timestampOf(this.buffer(id), this.keyEnd(id))
  }

  /** Sets the value to `from[start, end)` (`end` -1: none). It is newer than all that was drained. */
  set(id: EntryId, from: Buffer, start: number, end: number, timestamp: number): void {
    const at = id * stride
    const length = end < 0 ? -1 : end - start
    const former = this.#table[at + valueBytes]!
    if (length > former) this.#fit(id, timestampBytes + length)
    this.#table[at + valueBytes] = length
    const into = this.buffer(id)
    const valueAt = this.keyEnd(id)
    stamp(into, valueAt, timestamp)
    if (length > 0) copyBytes(into, valueAt + timestampBytes, from, start, end)
    this.#changed(at, Math.max(length, 0) - Math.max(former, 0))
  }

  /** Sets the time of a value that stays as it is. */
  touch(id: EntryId, timestamp: number): void {
    stamp(this.buffer(id), this.keyEnd(id), timestamp)
    this.#changed(id * stride, 0)
  }

  /**
   * To be called before a change is made: the listener still has to hear of it.
   *
   * @param keepsTold whether what it last heard is kept
   */
  holdBack(id: EntryId, keepsTold: boolean): void {
    const at = id * stride
    if ((this.#table[at + flags]! & untold) === 0) {
      this.#table[at + flags]! |= untold
      if (keepsTold) this.#table[at + toldAt] = this.#told.add(this.buffer(id), this.keyEnd(id), this.valueEnd(id))
      else this.#table[at + toldAt] = this.isPresent(id) ? toldValue : toldNothing
    }
    this.#table[at + placeAt] = this.#untold.push(id) - 1
  }

  isUntold(id: EntryId): boolean {
    return (this.#table[id * stride + flags]! & untold) !== 0
  }

  /** While the entry is untold: whether the listener last heard of a value. */
  wasTold(id: EntryId): boolean {
    const number = this.#table[id * stride + toldAt]!
    return number < 0 ? number === toldValue : this.#told.end(number) >= 0
  }

  /** While the entry is untold: where what the listener last heard is stored, if it is kept. */
  get toldBuffer(): Buffer {
    return this.#told.buffer
  }

  toldStart(id: EntryId): number {
    return this.#told.start(this.#table[id * stride + toldAt]!)
  }

  /** -1: it last heard of no value. */
  toldEnd(id: EntryId): number {
    return this.#told.end(this.#table[id * stride + toldAt]!)
  }

  /**
   * The next entry that the listener has to hear of; -1 when there is none. In order of the latest changes (as Kafka
   * Streams' `NamedCache`): what closes a window is told behind all that went into it.
   */
  nextUntold(): EntryId {
    while (this.#nextUntold < this.#untold.length) {
      const place = this.#nextUntold++
      if (place % warmedAtOnce === 0)
        this.warm(this.#untold, place, Math.min(place + warmedAtOnce, this.#untold.length))
      const id = this.#untold[place]!
      if (this.#table[id * stride + placeAt] === place) return id
    }
    if (this.#nextUntold > 0) {
      this.#untold = []
      this.#nextUntold = 0
      this.#told.clear()
    }
    return -1
  }

  /** The listener hears of the newest value now. */
  tell(id: EntryId): void {
    this.#table[id * stride + flags]! &= ~untold
  }

  /** All uncommitted entries; they are in flight from here on. Ids of before may be others' afterwards. */
  drain(): readonly EntryId[] {
    if (this.#isSparse) this.#renumber()
    const drained = this.#uncommitted
    for (const id of drained)
      this.#table[id * stride + flags] = (this.#table[id * stride + flags]! & ~uncommitted) + flight
    this.#inFlight.push({ ids: drained, bytes: this.uncommittedBytes })
    this.#inFlightBytes += this.uncommittedBytes
    this.#uncommitted = []
    this.uncommittedBytes = 0
    return drained
  }

  /** The oldest drain is in the database. */
  committed(): void {
    this.version++
    const oldest = this.#inFlight.shift()
    if (oldest === undefined) return
    this.#inFlightBytes -= oldest.bytes
    for (const id of oldest.ids) this.#table[id * stride + flags]! -= flight
  }

  clear(): void {
    this.version++
    this.freed += this.#count
    this.#segments.clear()
    this.#index.clear()
    this.#table = new Int32Array(stride * 64)
    this.#free = []
    this.#count = 0
    this.#told.clear()
    this.#uncommitted = []
    this.uncommittedBytes = 0
    this.#inFlight = []
    this.#inFlightBytes = 0
    this.#untold = []
    this.#nextUntold = 0
  }

  /**
   * Has the processor load these entries: it waits for one after the other where each is looked at by itself, and for many
   * at once here.
   */
  warm(ids: ArrayLike<EntryId>, first: number, end: number): void {
    let sum = 0
    for (let i = first; i < end; i++) sum += this.#table[ids[i]! * stride]!
    for (let i = first; i < end; i++) sum += this.#segments.load(this.#table[ids[i]! * stride]!)
    this.warmed = sum
  }

  /** As `warm`, for the keys in `keys[starts[i], ends[i])`; at most `warmedAtOnce`. */
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

  /** Entries whose value the database does not hold, or did not when its last snapshot was taken. Each once. */
  *notInDatabase(): Generator<EntryId> {
    yield* this.#uncommitted
    if (this.#inFlight.length === 0) return
    const seen = new Set(this.#uncommitted)
    for (const { ids } of this.#inFlight) {
      for (const id of ids) {
        if (seen.has(id)) continue
        seen.add(id)
        yield id
      }
    }
  }

  isKey(id: EntryId, buffer: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (this.#table[id * stride + keyBytes] !== length) return false
    const own = this.buffer(id)
    const from = this.keyStart(id)
    for (let i = 0; i < length; i++) if (own[from + i] !== buffer[start + i]) return false
    return true
  }

  /** An entry, by its place in the table, is newer than all that was drained, its value longer by so many bytes. */
  #changed(at: number, longer: number): void {
    if ((this.#table[at + flags]! & uncommitted) !== 0) this.uncommittedBytes += longer
    else {
      this.#table[at + flags]! |= uncommitted
      this.uncommittedBytes += entryBytes + this.#table[at + keyBytes]! + Math.max(this.#table[at + valueBytes]!, 0)
      this.#uncommitted.push(at / stride)
    }
  }

  /** What it takes in memory, about. */
  get bytes(): number {
    return this.#segments.bytes + this.#index.bytes + this.#table.byteLength
  }

  /** Whether what must stay leaves enough to be freed. */
  get #mayFree(): boolean {
    return (this.uncommittedBytes + this.#inFlightBytes) * 4 <= this.#segments.bytes * stayingQuarters
  }

  /**
   * Whether the tables are far larger than what is in memory needs, as they are behind a burst of changes: they count, so
   * that little of the budget would be left for entries.
   */
  get #isSparse(): boolean {
    const isQuiet = this.#untold.length === 0
    return isQuiet && this.#count > leastSparse && (this.#count - this.#free.length) * 4 < this.#count
  }

  /** Gives the entries ids from 0 on, in tables that fit. Nothing may be untold. */
  #renumber(): void {
    const former = this.#table
    const ids = new Int32Array(this.#count)
    const left = this.#count - this.#free.length
    this.freed += this.#count
    this.#count = 0
    this.#free = []
    this.#table = new Int32Array(Math.ceil(left * 1.5) * stride + stride)
    this.#index.clear()
    for (let id = 0; id < ids.length; id++) {
      const at = id * stride
      if (former[at + address] === noAddress) continue
      const next = (ids[id] = this.#newId())
      this.#table.set(former.subarray(at, at + stride), next * stride)
      const [bytes, start] = [this.buffer(next), this.keyStart(next)]
      bytes.writeInt32LE(next, start - headBytes)
      this.#index.add(hashOf(bytes, start, this.keyEnd(next)), next)
    }
    this.#uncommitted = this.#uncommitted.map(id => ids[id]!)
    this.#inFlight = this.#inFlight.map(flight => ({ ...flight, ids: flight.ids.map(id => ids[id]!) }))
  }

  #newId(): EntryId {
    const id = this.#count++
    if (id * stride >= this.#table.length) {
      const table = new Int32Array(Math.ceil(id * 1.5) * stride)
      table.set(this.#table)
      this.#table = table
    }
    this.#table[id * stride + address] = noAddress
    return id
  }

  /** Makes the entry's block large enough for so many stored bytes. */
  #fit(id: EntryId, stored: number): void {
    const at = id * stride
    const needed = headBytes + this.#table[at + keyBytes]! + stored
    if (this.buffer(id).readInt32LE(this.keyStart(id) - headBytes + 4) >= needed) return
    this.#table[at + flags]! |= busy
    // A value that has grown may grow again.
    const block = this.#allocate(id, needed + (stored >> 1))
    this.#table[at + flags]! &= ~busy
    const into = this.#segments.buffer(block)
    copyBytes(into, this.#segments.offset(block) + headBytes, this.buffer(id), this.keyStart(id), this.keyEnd(id))
    this.#table[at + address] = block
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
    const into = this.#segments.buffer(block)
    const at = this.#segments.offset(block)
    into.writeInt32LE(id, at)
    into.writeInt32LE(size, at + 4)
    return block | 0
  }

  /** Goes through a segment that is about to be freed: what must stay is copied, and some of what was found lately. */
  readonly #save = (buffer: Buffer, used: number, segment: Address): void => {
    let chances = this.#segments.size >> 1
    for (let at = 0; at < used;) {
      const id = buffer.readInt32LE(at)
      const size = buffer.readInt32LE(at + 4)
      if (this.#table[id * stride + address] === ((segment + at) | 0)) {
        const flag = this.#table[id * stride + flags]!
        const stays = (flag & mustStay) !== 0 || flag >= flight
        if (stays || ((flag & found) !== 0 && size <= chances)) {
          if (!stays) chances -= size
          this.#table[id * stride + flags] = flag & ~found
          this.#move(id, buffer, at, size)
        } else this.#drop(id, buffer, at + headBytes)
      }
      at += size
    }
  }

  #move(id: EntryId, from: Buffer, at: number, size: number): void {
    if (!this.#segments.fits(size)) this.#segments.open(size)
    const block = this.#place(id, size)
    const into = this.#segments.offset(block) + headBytes
    copyBytes(this.#segments.buffer(block), into, from, at + headBytes, at + size)
    this.#table[id * stride + address] = block
  }

  #drop(id: EntryId, buffer: Buffer, keyStart: number): void {
    const hash = hashOf(buffer, keyStart, keyStart + this.#table[id * stride + keyBytes]!)
    this.#index.remove(hash, id)
    this.#table[id * stride + address] = noAddress
    this.freed++
    this.#free.push(id)
  }
}

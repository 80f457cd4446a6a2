/** What an entry is found by: a primitive key itself, or the latin1 text of a key's bytes. */
export type Slot = string | number | bigint | boolean

/** A value in memory: a primitive as it is, anything else as its stored bytes (see `stored.ts`); null where there is none. */
export type Held = string | number | bigint | boolean | Buffer | null

/** What a store knows of one key: the newest value, and what stands between it and the database. */
export class Entry {
  readonly slot: Slot
  value: Held
  timestamp: number
  /** While `untold`: the value that the listener last heard, and its timestamp. */
  told: Held = null
  toldTimestamp = -1
  untold = false
  /** No drain has taken the value yet. */
  uncommitted = false
  /** Drains that took it and are not in the database yet. */
  inFlight = 0
  /** About what it takes in memory. */
  bytes: number
  generation = 0

  constructor(slot: Slot, value: Held, timestamp: number, bytes: number) {
    this.slot = slot
    this.value = value
    this.timestamp = timestamp
    this.bytes = bytes
  }
}

/** Below this, moving the entries that must stay would cost more than the memory is worth. */
const leastBytes = 32 * 1024

/**
 * The entries of a store that are in memory: a bounded cache of what the database holds too (absence included), and,
 * unbounded, what it does not hold yet or what the listener was not told yet.
 *
 * The cache has two generations. What is used moves to the young one; when that has taken half the budget it becomes the
 * old one, and the former old one is dropped. Nothing is moved or linked at a hit, unlike in a list by recency.
 */
export class Layers {
  readonly #budget: number
  #young = new Map<Slot, Entry>()
  #old = new Map<Slot, Entry>()
  #generation = 0
  /** Bytes that the young generation took in since it began, and how many it may. */
  #taken = 0
  #limit: number
  #uncommitted: Entry[] = []
  #uncommittedBytes = 0
  #inFlight: (readonly Entry[])[] = []
  #untold: Entry[] = []
  #nextUntold = 0
  /** Changes whenever the database may have changed. */
  version = 0

  constructor(cacheBytes: number) {
    this.#budget = Math.max(cacheBytes / 2, leastBytes)
    this.#limit = this.#budget
  }

  get uncommittedBytes(): number {
    return this.#uncommittedBytes
  }

  find(slot: Slot): Entry | undefined {
    const entry = this.#young.get(slot)
    return entry !== undefined || this.#old.size === 0 ? entry : this.#revive(slot)
  }

  #revive(slot: Slot): Entry | undefined {
    const entry = this.#old.get(slot)
    if (entry !== undefined) this.add(entry)
    return entry
  }

  /** Puts an entry into the young generation. */
  add(entry: Entry): void {
    this.#young.set(entry.slot, entry)
    entry.generation = this.#generation
    this.#taken += entry.bytes
    if (this.#taken > this.#limit) this.#rotate()
  }

  /** Notes that the entry's value takes `by` more bytes (fewer where negative). */
  resized(entry: Entry, by: number): void {
    entry.bytes += by
    this.#taken += by
    if (entry.uncommitted) this.#uncommittedBytes += by
  }

  /** To be called before a change is made: the listener still has to hear of it. */
  holdBack(entry: Entry): void {
    if (entry.untold) return
    entry.untold = true
    entry.told = entry.value
    entry.toldTimestamp = entry.timestamp
    this.#untold.push(entry)
  }

  /** The next entry that the listener has to hear of, in order of first change. */
  nextUntold(): Entry | undefined {
    const entry = this.#untold[this.#nextUntold]
    if (entry !== undefined) this.#nextUntold++
    else if (this.#nextUntold > 0) {
      this.#untold = []
      this.#nextUntold = 0
    }
    return entry
  }

  /** The entry's value is newer than all that was drained. */
  changed(entry: Entry): void {
    if (entry.uncommitted) return
    entry.uncommitted = true
    this.#uncommittedBytes += entry.bytes
    this.#uncommitted.push(entry)
  }

  /** All uncommitted entries; they are in flight from here on. */
  drain(): readonly Entry[] {
    const drained = this.#uncommitted
    for (const entry of drained) {
      entry.uncommitted = false
      entry.inFlight++
    }
    this.#inFlight.push(drained)
    this.#uncommitted = []
    this.#uncommittedBytes = 0
    return drained
  }

  /** The oldest drain is in the database. */
  committed(): void {
    this.version++
    for (const entry of this.#inFlight.shift() ?? []) entry.inFlight--
  }

  clear(): void {
    this.version++
    this.#young = new Map()
    this.#old = new Map()
    this.#taken = 0
    this.#limit = this.#budget
    this.#uncommitted = []
    this.#uncommittedBytes = 0
    this.#inFlight = []
    this.#untold = []
    this.#nextUntold = 0
  }

  /** Entries whose value the database does not hold, or did not when its last snapshot was taken. Each once. */
  *notInDatabase(): Generator<Entry> {
    yield* this.#uncommitted
    const seen = new Set<Entry>()
    for (const drained of this.#inFlight) {
      for (const entry of drained) {
        if (entry.uncommitted || seen.has(entry)) continue
        seen.add(entry)
        yield entry
      }
    }
  }

  #rotate(): void {
    this.#generation++
    this.#old = this.#young
    this.#young = new Map()
    this.#taken = 0
    let kept = this.#keep(this.#uncommitted, 0)
    for (const drained of this.#inFlight) kept += this.#keep(drained, 0)
    kept += this.#keep(this.#untold, this.#nextUntold)
    // Where more must stay than the cache may take, rotating again soon would only walk through it all again.
    this.#limit = Math.max(this.#budget, kept)
  }

  /** Saves from the generation just dropped what must not be. */
  #keep(entries: readonly Entry[], from: number): number {
    let bytes = 0
    for (let i = from; i < entries.length; i++) {
      const entry = entries[i]!
      if (entry.generation >= this.#generation - 1) continue
      this.#young.set(entry.slot, entry)
      entry.generation = this.#generation
      bytes += entry.bytes
    }
    return bytes
  }
}

import type { PendingEntry } from '../../store/pending-store.js'

/** Entries by key: those of one key in the order they came: the first one is at work or next, the others wait for it. */
export class Lanes<K, V> {
  readonly #lanes = new Map<string, PendingEntry<K, V>[]>()
  /** How many entries there are in all, and about how many bytes they take. */
  entries = 0
  bytes = 0
  #oldest: number | undefined = Number.POSITIVE_INFINITY
  readonly #byKey: boolean

  /** @param byKey whether entries of one key wait for each other */
  constructor(byKey: boolean = true) {
    this.#byKey = byKey
  }

  /** Whether entries of the key are here. */
  has(lane: string): boolean {
    return this.#lanes.has(lane)
  }

  /** Answers whether it is the first of its lane. */
  add(entry: PendingEntry<K, V>): boolean {
    this.entries++
    this.bytes += entry.bytes
    if (this.#oldest !== undefined && entry.timestamp < this.#oldest) this.#oldest = entry.timestamp
    const lane = this.#lanes.get(this.#laneOf(entry))
    if (lane === undefined) this.#lanes.set(this.#laneOf(entry), [entry])
    else lane.push(entry)
    return lane === undefined
  }

  /** Takes the first of a lane out, which is done, and answers the one that is first now. */
  shift(entry: PendingEntry<K, V>): PendingEntry<K, V> | undefined {
    const lane = this.#lanes.get(this.#laneOf(entry))!
    lane.shift()
    this.entries--
    this.bytes -= entry.bytes
    if (entry.timestamp === this.#oldest) this.#oldest = undefined
    if (lane.length > 0) return lane[0]
    this.#lanes.delete(this.#laneOf(entry))
    return undefined
  }

  /** The smallest timestamp; infinity when there is none. */
  get oldest(): number {
    if (this.#oldest !== undefined) return this.#oldest
    let oldest = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values())
      for (const { timestamp } of lane) if (timestamp < oldest) oldest = timestamp
    return (this.#oldest = oldest)
  }

  isFirst(entry: PendingEntry<K, V>): boolean {
    return this.#lanes.get(this.#laneOf(entry))?.[0] === entry
  }

  #laneOf(entry: PendingEntry<K, V>): string {
    return this.#byKey ? entry.lane : String(entry.seq)
  }
}

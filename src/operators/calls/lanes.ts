import type { PendingEntry } from '../../store/pending-store.js'
import { Heap } from './heap.js'

/** So many that are done may lie among the others before they are cleared out. */
const enough = 64

/** Entries by key: those of one key in the order they came: the first one is at work or next, the others wait for it. */
export class Lanes<K, V> {
  readonly #lanes = new Map<string, PendingEntry<K, V>[]>()
  /** How many entries there are in all, and about how many bytes they take. */
  entries = 0
  bytes = 0
  readonly #byAge = new Heap<PendingEntry<K, V>>((a, b) => a.timestamp < b.timestamp)
  /** Those that are out of their lanes and still among `#byAge`. */
  readonly #done = new Set<PendingEntry<K, V>>()
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
    this.#byAge.push(entry)
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
    this.#forget(entry)
    if (lane.length > 0) return lane[0]
    this.#lanes.delete(this.#laneOf(entry))
    return undefined
  }

  /** The smallest timestamp; infinity when there is none. */
  get oldest(): number {
    return this.#byAge.first?.timestamp ?? Number.POSITIVE_INFINITY
  }

  /** A heap gives up its first only: what is done behind it waits until it is the first, or until there is much of it. */
  #forget(entry: PendingEntry<K, V>): void {
    this.#done.add(entry)
    while (this.#byAge.first !== undefined && this.#done.delete(this.#byAge.first)) this.#byAge.shift()
    if (this.#done.size < enough || 2 * this.#done.size < this.#byAge.size) return
    this.#byAge.retain(one => !this.#done.has(one))
    this.#done.clear()
  }

  isFirst(entry: PendingEntry<K, V>): boolean {
    return this.#lanes.get(this.#laneOf(entry))?.[0] === entry
  }

  /** The first of an entry's lane. */
  first(entry: PendingEntry<K, V>): PendingEntry<K, V> {
    return this.#lanes.get(this.#laneOf(entry))![0]!
  }

  /** The highest that `level` answers for those of an entry's lane. */
  highest(entry: PendingEntry<K, V>, level: (entry: PendingEntry<K, V>) => number): number {
    return this.#lanes
      .get(this.#laneOf(entry))!
      .reduce((most, one) => Math.max(most, level(one)), Number.NEGATIVE_INFINITY)
  }

  #laneOf(entry: PendingEntry<K, V>): string {
    return this.#byKey ? entry.lane : String(entry.seq)
  }
}

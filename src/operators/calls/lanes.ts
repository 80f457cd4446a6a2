import type { PendingEntry } from '../../store/pending-store.js'
import { Heap } from './heap.js'
import { Queue } from './queue.js'

/** So many that are done may lie among the others before they are cleared out. */
const enough = 64

interface Lane<K, V> {
  readonly line: Queue<PendingEntry<K, V>>
  /** How many of them are of each level. */
  readonly levels: Map<number, number>
}

/** Entries by key: those of one key in the order they came: the first one is at work or next, the others wait for it. */
export class Lanes<K, V> {
  readonly #lanes = new Map<string, Lane<K, V>>()
  /** How many entries there are in all, and about how many bytes they take. */
  entries = 0
  bytes = 0
  readonly #byAge = new Heap<PendingEntry<K, V>>((a, b) => a.timestamp < b.timestamp)
  /** Those that are out of their lanes and still among `#byAge`. */
  readonly #done = new Set<PendingEntry<K, V>>()
  readonly #byKey: boolean
  readonly #levelOf: (entry: PendingEntry<K, V>) => number

  /**
   * @param byKey whether entries of one key wait for each other
   * @param levelOf the priority of an entry, always the same
   */
  constructor(byKey: boolean = true, levelOf: (entry: PendingEntry<K, V>) => number = () => 0) {
    this.#byKey = byKey
    this.#levelOf = levelOf
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
    const name = this.#laneOf(entry)
    let lane = this.#lanes.get(name)
    if (lane === undefined) this.#lanes.set(name, (lane = { line: new Queue(), levels: new Map() }))
    lane.line.push(entry)
    const level = this.#levelOf(entry)
    lane.levels.set(level, (lane.levels.get(level) ?? 0) + 1)
    return lane.line.length === 1
  }

  /** Takes the first of a lane out, which is done, and answers the one that is first now. */
  shift(entry: PendingEntry<K, V>): PendingEntry<K, V> | undefined {
    const { line, levels } = this.#lanes.get(this.#laneOf(entry))!
    line.shift()
    const level = this.#levelOf(entry)
    const left = levels.get(level)! - 1
    if (left > 0) levels.set(level, left)
    else levels.delete(level)
    this.entries--
    this.bytes -= entry.bytes
    this.#forget(entry)
    if (line.length > 0) return line.first
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
    return this.#lanes.get(this.#laneOf(entry))?.line.first === entry
  }

  /** The first of an entry's lane. */
  first(entry: PendingEntry<K, V>): PendingEntry<K, V> {
    return this.#lanes.get(this.#laneOf(entry))!.line.first!
  }

  /** The highest level of those in an entry's lane. */
  highest(entry: PendingEntry<K, V>): number {
    return Math.max(...this.#lanes.get(this.#laneOf(entry))!.levels.keys())
  }

  #laneOf(entry: PendingEntry<K, V>): string {
    return this.#byKey ? entry.lane : String(entry.seq)
  }
}

import type { PendingEntry } from '../../store/pending-store.js'
import { Queue } from './queue.js'

/** How often others go before what has waited, as between the inputs of a task. */
const patience = 31

interface Level<K, V> {
  readonly level: number
  /** Those that were taken out by another level are still among them. */
  readonly entries: Queue<PendingEntry<K, V>>
  /** How often it was gone before since its last turn. */
  before: number
}

/**
 * Entries whose call may begin: those of the highest priority first, of one priority in the order in which they became ready.
 * None starves: what was gone before `patience` times has a turn.
 */
export class ReadyEntries<K, V> {
  /** From the highest to the lowest. */
  readonly #levels: Level<K, V>[] = []
  readonly #all = new Set<PendingEntry<K, V>>()

  get some(): boolean {
    return this.#all.size > 0
  }

  has(entry: PendingEntry<K, V>): boolean {
    return this.#all.has(entry)
  }

  /** One that is here already goes with the higher of the two. */
  add(entry: PendingEntry<K, V>, level: number): void {
    this.#all.add(entry)
    let at = this.#levels.findIndex(one => one.level <= level)
    if (at < 0) at = this.#levels.length
    if (this.#levels[at]?.level !== level) this.#levels.splice(at, 0, { level, entries: new Queue(), before: 0 })
    this.#levels[at]!.entries.push(entry)
  }

  /** Takes out the one that goes next. To be asked where there is one. */
  take(): PendingEntry<K, V> {
    const waiting = this.#levels.filter(({ entries }) => this.#first(entries) !== undefined)
    const next = waiting.findLast(({ before }) => before >= patience) ?? waiting[0]!
    for (const one of waiting.slice(waiting.indexOf(next) + 1)) one.before++
    next.before = 0
    const entry = next.entries.shift()!
    this.#all.delete(entry)
    return entry
  }

  #first(entries: Queue<PendingEntry<K, V>>): PendingEntry<K, V> | undefined {
    while (entries.length > 0 && !this.#all.has(entries.first!)) entries.shift()
    return entries.first
  }
}

import type { PendingEntry } from '../../store/pending-store.js'

/** How often others go before what has waited, as between the inputs of a task. */
const patience = 31

interface Level<K, V> {
  readonly level: number
  readonly entries: PendingEntry<K, V>[]
  /** How often it was gone before since its last turn. */
  before: number
}

/**
 * Entries whose call may begin: those of the highest priority first, of one priority in the order in which they became ready.
 * None starves: what was gone before `patience` times has a turn.
 */
export class ReadyEntries<K, V> {
  readonly #levelOf: (topic: string) => number
  /** From the highest to the lowest. */
  readonly #levels: Level<K, V>[] = []

  /** @param levelOf the priority of what comes from a topic */
  constructor(levelOf: (topic: string) => number) {
    this.#levelOf = levelOf
  }

  get some(): boolean {
    return this.#levels.some(({ entries }) => entries.length > 0)
  }

  add(entry: PendingEntry<K, V>): void {
    const level = this.#levelOf(entry.record.topic)
    let at = this.#levels.findIndex(one => one.level <= level)
    if (at < 0) at = this.#levels.length
    if (this.#levels[at]?.level !== level) this.#levels.splice(at, 0, { level, entries: [], before: 0 })
    this.#levels[at]!.entries.push(entry)
  }

  /** Takes out the one that goes next. To be asked where there is one. */
  take(): PendingEntry<K, V> {
    const waiting = this.#levels.filter(({ entries }) => entries.length > 0)
    const next = waiting.findLast(({ before }) => before >= patience) ?? waiting[0]!
    for (const one of waiting.slice(waiting.indexOf(next) + 1)) one.before++
    next.before = 0
    return next.entries.shift()!
  }
}

import type { Level } from 'level'
import type { Batch } from './loop.js'

/** Counts per key in a Map over LevelDB, as a user would keep them. */
export class Counts {
  readonly #level: Level
  readonly #counts = new Map<string, number>()

  constructor(level: Level) {
    this.#level = level
  }

  /** Counts the completed jobs of a batch; the counts that it changed. */
  async add(batch: Batch): Promise<Map<string, number>> {
    const completed = batch.messages
      .filter(({ value }) => (JSON.parse(value!.toString()) as { status: string }).status === 'completed')
      .map(({ key }) => key!.toString())
    const unknown = [...new Set(completed.filter(key => !this.#counts.has(key)))]
    const stored = await this.#level.getMany(unknown)
    unknown.forEach((key, i) => this.#counts.set(key, Number(stored[i] ?? 0)))
    const changed = new Map<string, number>()
    for (const key of completed) {
      const count = this.#counts.get(key)! + 1
      this.#counts.set(key, count)
      changed.set(key, count)
    }
    return changed
  }
}

/** The puts of changed counts, for a batch of LevelDB. */
export function putsOf(changed: ReadonlyMap<string, number>) {
  return Array.from(changed, ([key, count]) => ({ type: 'put' as const, key, value: String(count) }))
}

/** Changed counts as messages: each a big-endian int64. */
export function messagesOf(changed: ReadonlyMap<string, number>) {
  return Array.from(changed, ([key, count]) => {
    const value = Buffer.allocUnsafe(8)
    value.writeBigInt64BE(BigInt(count))
    return { key, value }
  })
}

import type { PlacedTable } from './manifest.js'
import { tagBytes } from './table.js'

/** LevelDB's seven levels, the highest first. */
const levels = 7

type Span = Pick<PlacedTable, 'smallest' | 'largest'>

/**
 * Where tables go: as low as may be, but above those with older entries of the keys between their ends. Only on the highest
 * level may tables overlap.
 */
export class Levels {
  readonly #levels: Span[][] = Array.from({ length: levels }, () => [])

  /** Tables on the highest level: each read looks at all of them, and LevelDB merges them before long. */
  get crowd(): number {
    return this.#levels[0]!.length
  }

  /** The level of a table that is newer than all that were placed before it. */
  place(table: Span): number {
    let free = 0
    while (free < levels && !this.#levels[free]!.some(other => overlap(other, table))) free++
    const level = Math.max(free - 1, 0)
    this.#levels[level]!.push(table)
    return level
  }
}

function overlap(a: Span, b: Span): boolean {
  return compare(a.smallest, b.largest) <= 0 && compare(b.smallest, a.largest) <= 0
}

function compare(a: Buffer, b: Buffer): number {
  return Buffer.compare(a.subarray(0, a.length - tagBytes), b.subarray(0, b.length - tagBytes))
}

import { median } from './statistics.js'
import type { Machine } from './machine.js'

/** Median, least and most of the rounds, and the rounds themselves; null where there was nothing to measure. */
export interface Figure {
  readonly median: number | null
  readonly min: number | null
  readonly max: number | null
  readonly rounds: readonly (number | null)[]
}

export interface Column {
  readonly id: string
  readonly title: string
  readonly digits: number
  /** Print the least and the most beside the median. */
  readonly spread?: boolean
}

/** One line of a table: an engine, or an engine at a point of a sweep. A later run takes the place of a row of the same id. */
export interface Row {
  readonly id: string
  readonly label: string
  /** Settings that are not the defaults. */
  readonly note: string
  /** What is swept, and where this row is on it. */
  readonly series?: string
  readonly x?: number
  /** When it was measured; ratios hold within one run only. */
  readonly date: string
  readonly figures: Readonly<Record<string, Figure>>
}

export type ChartSpec =
  | { readonly kind: 'bars'; readonly column: string; readonly title: string }
  | { readonly kind: 'lines'; readonly columns: readonly { readonly id: string; readonly title: string }[] }

/** What `npm run bench -- NAME` found out. */
export interface Result {
  readonly name: string
  readonly title: string
  /** Lines below the table: how to read it. */
  readonly notes: readonly string[]
  readonly machine: Machine
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly chart: ChartSpec
  readonly headline: Headline
}

/** What the README says of a result: the figures of one column, of rows that belong together. */
export interface Headline {
  readonly column: string
  readonly pairs: readonly { readonly ours: string; readonly peer: string; readonly what?: string }[]
}

export function figure(values: readonly number[]): Figure {
  const known = values.filter(value => Number.isFinite(value))
  const rounds = values.map(value => (Number.isFinite(value) ? value : null))
  if (known.length === 0) return { median: null, min: null, max: null, rounds }
  return { median: median(known), min: Math.min(...known), max: Math.max(...known), rounds }
}

/** One figure for each field of what the rounds measured. */
export function figures<T extends Readonly<Record<keyof T, number>>>(rounds: readonly T[]): Record<keyof T, Figure> {
  const fields = Object.keys(rounds[0] ?? {}) as (keyof T)[]
  return Object.fromEntries(fields.map(field => [field, figure(rounds.map(round => round[field]))])) as Record<
    keyof T,
    Figure
  >
}

/** The ratio of two medians as a figure; null where one is missing. */
export function ratio(one: Figure | undefined, other: Figure | undefined): Figure {
  return figure([(one?.median ?? NaN) / (other?.median ?? NaN)])
}

/**
 * The rows of an earlier result with those of a later one in their place; the other rows stay, and what is told of them,
 * unless they are from another machine or of something else: another workload's memory, a restore of other keys.
 */
export function merge(earlier: Result | undefined, later: Result): Result {
  if (earlier?.title !== later.title || !isSameMachine(earlier.machine, later.machine)) return later
  const fresh = new Map(later.rows.map(row => [row.id, row]))
  const kept = earlier.rows.map(row => {
    const found = fresh.get(row.id) ?? row
    fresh.delete(row.id)
    return found
  })
  const rows = [...kept, ...fresh.values()]
  const own = new Set(later.headline.pairs.map(({ ours }) => ours))
  const pairs = [...earlier.headline.pairs.filter(({ ours }) => !own.has(ours)), ...later.headline.pairs]
  const place = ({ ours }: { readonly ours: string }): number => rows.findIndex(({ id }) => id === ours)
  return { ...later, rows, headline: { ...later.headline, pairs: pairs.toSorted((a, b) => place(a) - place(b)) } }
}

function isSameMachine(one: Machine, other: Machine): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

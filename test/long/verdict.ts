import type { LongResult } from './run.js'

/** What is wrong with a run, in words; empty when nothing is. */
export function wrongs({ parts, levels, left, live, rows, told, lefts, late }: LongResult): string[] {
  const wrong = levels
    .filter(({ level }) => !level)
    .map(({ what, before, after }) => `${what} grew from ${before} to ${after}`)
  // Each store keeps the last records of both partitions, with what it needs to go on: clocks, an index, a list.
  for (const [store, count] of Object.entries(left)) {
    if (count > 16) wrong.push(`${store} has ${count} keys left when all has expired`)
  }
  const kept = Object.values(left).reduce((sum, count) => sum + count, 0)
  if (live !== undefined && live > kept + rows)
    wrong.push(`the changelogs have ${live} keys, the stores ${kept + rows}`)
  if (!parts.includes('tumbled')) return wrong
  // The window of the last record of a partition is still open.
  const missing = lefts - late - told.closed
  if (missing < 0 || missing > 2) wrong.push(`of ${lefts} records ${late} were late and ${told.closed} were counted`)
  return wrong
}

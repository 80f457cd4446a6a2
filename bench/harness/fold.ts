import type { Entry, Fold } from './workload.js'

/** What is compared of records in the order of their log; null is a deletion. */
export function foldRecords(fold: Fold, records: Iterable<readonly [string, string | null]>): Entry[] {
  if (fold === 'all') return Array.from(records, ([key, value]) => [key, value ?? 'null'])
  const last = new Map<string, string>()
  for (const [key, value] of records) {
    if (value === null) last.delete(key)
    else last.set(key, value)
  }
  if (fold === 'last') return [...last]
  const sums = new Map<string, number>()
  for (const [key, value] of last) {
    const group = key.slice(0, key.indexOf('@'))
    sums.set(group, (sums.get(group) ?? 0) + Number(value))
  }
  return Array.from(sums, ([key, sum]) => [key, String(sum)])
}

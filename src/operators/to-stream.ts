import type { Operator } from './operator.js'

/** The changes of a table as records: the new values. `tombstones: false` leaves the deletions out. */
export function toStream(options: { readonly tombstones: boolean }): Operator {
  if (options.tombstones) return next => (key, value, timestamp) => next(key, value, timestamp)
  return next => (key, value, timestamp) => (value === null ? undefined : next(key, value, timestamp))
}

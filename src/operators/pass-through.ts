import type { Operator } from './operator.js'

/** A point where streams or tables meet: everything goes on as it came, at no cost. */
export function passThrough(): Operator {
  return next => next
}

import { plain } from '../callback.js'

/** How often, when and after which errors something is tried again. */
export interface RetryPolicy {
  /** How often it is tried in all, the first time included; at least 1. */
  readonly attempts: number
  /** Milliseconds from a failed attempt to the next; `failures` counts from 1, `random` lies in [0, 1). */
  readonly backoff: (failures: number, random: number) => number
  /** Whether another attempt may help. */
  readonly on: (error: unknown) => boolean
}

export const once: RetryPolicy = { attempts: 1, backoff: () => 0, on: () => false }

/**
 * When the next attempt is due, in milliseconds since the epoch; `undefined` when there is none.
 *
 * @param failures how many attempts have failed, the one with `error` included
 * @param seq tells entries apart: each has its own chance
 * @throws whatever the user's functions throw
 */
export function nextAttempt(
  { attempts, on, backoff }: RetryPolicy,
  failures: number,
  error: unknown,
  { seq, now }: { readonly seq: number; readonly now: number },
): number | undefined {
  if (failures >= attempts || !plain(on(error))) return undefined
  return now + Math.max(0, backoff(failures, jitterOf(seq, failures)))
}

/**
 * A number in [0, 1) made of the numbers of an entry and of its attempt, so that a restart finds the same (a step of
 * SplitMix32).
 */
function jitterOf(seq: number, failures: number): number {
  let x = (Math.imul(seq + 1, 0x9e3779b9) + Math.imul(failures, 0x85ebca6b)) | 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32
}

import { createHash } from 'node:crypto'
import { hashBytes } from '../../serde/subscription.js'

/** Tells two values of a row apart by their bytes. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest().subarray(0, hashBytes)
}

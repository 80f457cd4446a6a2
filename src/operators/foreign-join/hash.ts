import { hash } from 'node:crypto'
import { hashBytes } from '../../serde/subscription.js'

/** Tells two values of a row apart by their bytes. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer').subarray(0, hashBytes)
}

import { SluiceError, valueText } from '../src/errors.js'
import type { FairShare } from '../src/topology/spec.js'

/** How a stream is told apart by tenants. */
export interface FairOptions {
  readonly fairBy?: ((value: any, key: any) => unknown) | undefined
  readonly lookAhead?: number | undefined
}

const usualLookAhead = 1_000

/** What `stream(topic, { fairBy, lookAhead })` says. @throws SluiceError BAD_ARGUMENT */
export function fairOf({ fairBy, lookAhead }: FairOptions, line: string | undefined): FairShare | undefined {
  if (fairBy === undefined) {
    if (lookAhead === undefined) return undefined
    throw wrong('lookAhead without fairBy', line, 'say whose turn it is: fairBy: value => value.tenant')
  }
  if (typeof fairBy !== 'function') {
    throw wrong(`fairBy: ${valueText(fairBy)} is no function`, line, 'write fairBy: value => value.tenant')
  }
  const most = lookAhead ?? usualLookAhead
  if (Number.isInteger(most) && most >= 2) return { by: fairBy, lookAhead: most }
  throw wrong(`lookAhead: ${valueText(most)} is no number of records above 1`, line, 'write a whole number: 1000')
}

function wrong(what: string, line: string | undefined, hint: string): SluiceError {
  return new SluiceError('BAD_ARGUMENT', what, { place: { line }, hint })
}

import { SluiceError, errorText } from '../errors.js'
import { attemptHeader, letterHeader, originHeader, originOf, originText } from '../operators/origin.js'
import { RecordHeaders } from '../record.js'

/** A letter has room for the record as well: of longer texts it keeps the beginning. */
const longestText = 16_384

/** The headers that a dead letter has beside those of the record. */
export const letterHeaderNames = [
  'sluice.application',
  'sluice.topic',
  'sluice.partition',
  'sluice.offset',
  'sluice.timestamp',
  'sluice.operator',
  'sluice.code',
  'sluice.error',
  'sluice.stack',
  'sluice.attempt',
  'sluice.origin',
] as const

export type LetterHeaderName = (typeof letterHeaderNames)[number]

/** A record that could not be worked on, and why. */
export interface Failed {
  readonly application: string
  readonly topic: string
  readonly partition: number
  readonly operator: string
  /** The record; a cursor at it will do. */
  readonly cursor: { readonly offset: number; readonly timestamp: number; headers(): RecordHeaders }
  readonly error: unknown
  /** How often the operator has tried, this time. */
  readonly tries?: number
}

/**
 * The headers of a dead letter: those of the record, and where, when and why it failed. `sluice.attempt` counts the
 * replays of the record, `sluice.origin` is where it lay before the first of them.
 */
export function letterHeaders({
  application,
  topic,
  partition,
  operator,
  cursor,
  error,
  tries = 1,
}: Failed): RecordHeaders {
  const headers = cursor.headers()
  const origin = originOf({ topic, partition, offset: cursor.offset, headers })
  const story = RecordHeaders.from({
    'sluice.application': application,
    [letterHeader]: topic,
    'sluice.partition': String(partition),
    'sluice.offset': String(cursor.offset),
    'sluice.timestamp': String(cursor.timestamp),
    'sluice.operator': operator,
    'sluice.code': error instanceof SluiceError ? error.code : 'CALLBACK',
    'sluice.error': shortened(error instanceof SluiceError ? error.what : errorText(error)),
    'sluice.stack': shortened(stackOf(error)),
    [attemptHeader]: String(origin.attempt - 1 + tries),
    [originHeader]: originText(origin),
  } satisfies Record<LetterHeaderName, string>)
  // A letter has one story: that of a former failure is out of date.
  return new RecordHeaders([...[...headers].filter(([name]) => !story.has(name)), ...story])
}

/** The time of a dead letter: the record's, as near as a number can tell one (nanoseconds cannot be told); a header has it. */
export function letterTime(timestamp: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(timestamp, Number.MAX_SAFE_INTEGER))
}

function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)} … (${text.length} characters)` : text
}

/** Whatever was thrown may have anything as its stack, or throw when it is asked for one. */
function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

import { RecordHeaders } from '../record.js'

/** Says of a replayed record where it first lay: `topic/partition/offset`. */
export const originHeader = 'sluice.origin'
/** How often the record has been tried, this time included. */
export const attemptHeader = 'sluice.attempt'
/** Only a dead letter has it: the topic that the record failed in. */
export const letterHeader = 'sluice.topic'

/** What identifies a record through all its replays. */
export interface Origin {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** 1 for a record that was never replayed. */
  readonly attempt: number
}

interface Placed {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: RecordHeaders
}

/**
 * Where a record first lay: its own place, or for one that a replay of dead letters has put back, the place that failed.
 * What an effect's idempotency key is made of.
 */
export function originOf({ topic, partition, offset, headers }: Placed): Origin {
  const own = { topic, partition, offset, attempt: 1 }
  if (!isReplay(headers)) return own
  const match = /^([^/]+)\/(\d+)\/(\d+)$/.exec(headers.text(originHeader)!)
  if (match === null) return own
  const attempt = Number(headers.text(attemptHeader))
  return {
    topic: match[1]!,
    partition: Number(match[2]),
    offset: Number(match[3]),
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
  }
}

export function originText({ topic, partition, offset }: Omit<Origin, 'attempt'>): string {
  return `${topic}/${partition}/${offset}`
}

/**
 * The headers for a record that is made from this one: several may be, and none of them is the record that was replayed.
 * A dead letter that is copied on keeps its story.
 */
export function withoutReplay(headers: RecordHeaders): RecordHeaders {
  return isReplay(headers) ? headers.without(originHeader).without(attemptHeader) : headers
}

function isReplay(headers: RecordHeaders): boolean {
  return headers.size > 0 && headers.has(originHeader) && !headers.has(letterHeader)
}

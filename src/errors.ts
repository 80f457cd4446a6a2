import { inspect } from 'node:util'

/** Every code a SluiceError can carry. One list, so that a user can look a code up and a test can count them. */
export const errorCodes = [
  'BAD_ARGUMENT', // an option or argument of the wrong form
  'BAD_TOPOLOGY', // a pipeline that cannot run: open chains, names used twice, partitions that do not fit
  'BAD_DURATION',
  'NO_SERDE', // a type changed and nothing says how to write it
  'DESERIALIZE', // bytes that the serde does not read
  'SERIALIZE', // a value that the serde does not write
  'NULL_KEY', // an operator that needs a key met a null one
  'CALLBACK', // a user's function threw
  'TIMESTAMP_NOT_MONOTONIC', // a time went back in a partition of a stream that says ascending
  'CALL_TIMEOUT', // a call to the outside did not answer in time
  'CALL_ABORTED', // a call to the outside is not needed any more
  'UNKNOWN_TOPIC',
  'TOPIC_EXISTS',
  'TOPIC_MISMATCH', // an existing topic differs from what the pipeline needs
  'REPLICATION', // more replicas asked for than there are brokers
  'RECORD_TOO_LARGE',
  'BUFFER_FULL', // a buffer of the pipeline took more than it may
  'CORRUPT', // bytes that fail their checksum or break their format
  'BROKER', // the cluster is not reachable, or answered with an error
  'FENCED', // another instance took over: this one's work does not count
  'COMMIT_UNKNOWN', // it could not be learned whether a commit took place
  'OFFSET_OUT_OF_RANGE',
  'STATE_LOCKED', // another process holds the directory, or a copy of it
  'STATE_FOREIGN', // the directory belongs to something else
  'STATE_DAMAGED',
  'STATE_WRITE', // LevelDB or the disk refused a write
  'THREAD', // a thread of the pipeline died
  'NOT_RUNNING',
  'UNKNOWN_STORE',
  'UNSUPPORTED',
] as const

/** A code of a `SluiceError`; `docs/reference.md` says of each what it means and what to do. */
export type ErrorCode = (typeof errorCodes)[number]

/** Where something went wrong. All parts are optional; a message names those that are known. */
export interface Place {
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  /** As `describe()` names it. */
  readonly operator?: string | undefined
  /** The line of the user's chain, `file:line:column`. */
  readonly line?: string | undefined
  readonly store?: string | undefined
  /** `<sub-topology>-<partition>`. */
  readonly task?: string | undefined
}

/**
 * The one error class. Its message says what happened, where, and what to do about it.
 *
 * @example
 * throw new SluiceError('UNKNOWN_TOPIC', 'topic "jobs" does not exist', {
 *   place: { topic: 'jobs' }, hint: 'create it: sluice topics create jobs --partitions 4',
 * })
 */
export class SluiceError extends Error {
  /** What kind of error it is, for programs. */
  readonly code: ErrorCode
  /** What happened, without the code, the place and the hint that `message` adds. */
  readonly what: string
  /** Where, as far as it is known. */
  readonly place: Place
  /** What to do about it. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, what: string, more: { place?: Place; hint?: string; cause?: unknown } = {}) {
    const place = more.place ?? {}
    super(message(code, what, place, more.hint), more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'SluiceError'
    this.code = code
    this.what = what
    this.place = place
    this.hint = more.hint
  }

  /** The same error, with more known about the place; what it said of the place itself stays. */
  at(place: Place): SluiceError {
    const known = Object.fromEntries(Object.entries(this.place).filter(([, part]) => part !== undefined))
    const more = { place: { ...place, ...known }, cause: this.cause ?? this }
    return new SluiceError(this.code, this.what, this.hint === undefined ? more : { ...more, hint: this.hint })
  }
}

function message(code: ErrorCode, what: string, place: Place, hint: string | undefined): string {
  const at = placeText(place)
  return `${code}: ${what}${at === '' ? '' : ` (${at})`}${hint === undefined ? '' : `\n  → ${hint}`}`
}

function placeText(place: Place): string {
  const parts: string[] = []
  if (place.topic !== undefined) parts.push(`topic ${place.topic}`)
  if (place.partition !== undefined) parts.push(`partition ${place.partition}`)
  if (place.offset !== undefined) parts.push(`offset ${place.offset}`)
  if (place.operator !== undefined) parts.push(`operator ${place.operator}`)
  if (place.store !== undefined) parts.push(`store ${place.store}`)
  if (place.task !== undefined) parts.push(`task ${place.task}`)
  if (place.line !== undefined) parts.push(`at ${place.line}`)
  return parts.join(', ')
}

/** The text of anything that was thrown, whatever it does when it is asked for one. */
export function errorText(thrown: unknown): string {
  try {
    // A message is whatever was assigned to it.
    const text = String(thrown instanceof Error ? thrown.message : thrown)
    return text === '[object Object]' && !(thrown instanceof Error) ? inspected(thrown, 0, nothingSaid) : text
  } catch {
    return inspected(thrown, 0, nothingSaid)
  }
}

const nothingSaid = 'something without a text was thrown'

/** A value that is wrong, for a message: texts as JSON, all else as Node shows it, which knows NaN and bigints, too. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspected(value, 1, 'something without a text')
}

/** So many of them, for a message: `1 record`, `2 records`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function inspected(value: unknown, depth: number, otherwise: string): string {
  try {
    return inspect(value, { depth, customInspect: false, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return otherwise
  }
}

/** The hint for a topic that is not there. It says where, too: the shell goes to ./data unless told otherwise. */
export function createTopic(topic: string): string {
  return `create it in this log: sluice topics create ${topic} --partitions <n> (--log <dir> | --brokers <list>), or log.topics.create() in a program`
}

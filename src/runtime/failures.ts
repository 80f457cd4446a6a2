import { SluiceError, errorText, type Place } from '../errors.js'
import type { NodeSpec } from '../topology/spec.js'
import type { Counters } from './counters.js'
import type { TaskRecord } from './current-record.js'
import { letterHeaders, letterTime } from './letter-headers.js'
import type { Outbox } from './outbox.js'
import type { TopicSizes } from './topic-sizes.js'

export interface FailureHost {
  readonly application: string
  readonly task: string
  readonly record: TaskRecord
  readonly outbox: Outbox
  readonly sizes: TopicSizes
  readonly counters: Counters
}

/**
 * What becomes of a record that a node could not work on, as its policy says: an error that stops the task, a record in
 * the dead-letter topic (in the transaction of everything else), or a count. State that cannot be read stops the task
 * whatever the policy says: every record would fail.
 */
export function failed(host: FailureHost, node: NodeSpec, error: unknown): void {
  const policy = node.onFailure
  // What a processor reads of its stores may fail in its function, for no fault of the record.
  const ofState = error instanceof SluiceError && error.code === 'STATE_DAMAGED'
  if (policy.kind === 'stop' || ofState) throw placed(host, node, error)
  if (policy.kind === 'skip') return host.counters.add('skipped', node.name)
  deadLetter(host, node, policy.topic, error)
  host.counters.add('dead_lettered', node.name)
}

function placed(host: FailureHost, node: NodeSpec, error: unknown): SluiceError {
  const { record } = host
  const inRecord = record.offset >= 0
  const place: Place = {
    topic: inRecord ? record.topic : undefined,
    partition: inRecord ? record.partition : undefined,
    offset: inRecord ? record.offset : undefined,
    operator: node.name,
    line: node.line,
    task: inRecord ? undefined : host.task,
  }
  if (error instanceof SluiceError) return error.at(place)
  return new SluiceError('CALLBACK', `the function threw: ${errorText(error)}`, {
    place,
    cause: error,
    hint: 'mend the function, or let such records pass by: deadLetter(topic) keeps them, skip() counts them',
  })
}

/** The advice is another where a dead-letter topic is there already. */
function withoutLetter({ code, what, place, cause }: SluiceError): SluiceError {
  return new SluiceError(code, what, {
    place,
    cause,
    hint:
      place.offset === undefined
        ? 'what a timer or a closed window brings about is no source record that a dead letter could keep: mend the function, or skip() it'
        : 'it was taken in before there was a dead-letter topic, and not kept for one: mend the function, or skip() it this time',
  })
}

/** The source record as it came, with headers that say where and why it failed. */
function deadLetter(host: FailureHost, node: NodeSpec, topic: string, error: unknown): void {
  const { record, outbox, sizes } = host
  const cursor = record.cursor
  // Stores whose listeners may fail are not cached where a dead-letter topic is in use, so there is always a record.
  if (cursor === undefined) throw withoutLetter(placed(host, node, error))
  const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
  const partition = record.partition % sizes.known(topic)!
  const { application } = host
  const { topic: from, partition: of } = record
  const headers = letterHeaders({
    application,
    topic: from,
    partition: of,
    operator: node.name,
    cursor,
    error,
    tries: record.tries,
  })
  const time = letterTime(cursor.timestamp)
  try {
    outbox.addRaw(topic, partition, time, buffer, keyStart, keyEnd, buffer, valueStart, valueEnd, headers)
  } catch (tooLarge) {
    throw withoutRoom(tooLarge, placed(host, node, error), topic)
  }
}

/** What counts is the record that failed, not where its letter was to lie. */
function withoutRoom(tooLarge: unknown, { what, place, cause }: SluiceError, topic: string): unknown {
  if (!(tooLarge instanceof SluiceError) || tooLarge.code !== 'RECORD_TOO_LARGE') return tooLarge
  return new SluiceError('RECORD_TOO_LARGE', `${tooLarge.what}, as the dead letter of a record that failed: ${what}`, {
    place,
    cause,
    hint: `a letter is larger than its record by its headers: raise max.message.bytes of ${topic} above that of ${place.topic}, and maxBatchBytes of the log`,
  })
}

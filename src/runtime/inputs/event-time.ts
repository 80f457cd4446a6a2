import { SluiceError } from '../../errors.js'
import { plain } from '../../operators/callback.js'
import type { StreamRecord } from '../../record.js'
import { timeForm, wholeTime } from '../../time.js'
import type { SourceSpec } from '../../topology/spec.js'

/**
 * The time that a source's extractor gives a record, in whole milliseconds.
 *
 * @throws SluiceError CALLBACK for an answer that is no time
 */
export function extracted(
  extract: NonNullable<SourceSpec['timestamp']>,
  record: StreamRecord<unknown, unknown>,
): number {
  const time = plain(extract(record.value, record.key, record))
  const whole = wholeTime(time)
  if (whole !== undefined) return whole
  throw new SluiceError('CALLBACK', `the timestamp extractor answered ${String(time)}`, {
    hint: `answer ${timeForm}`,
  })
}

export function isTime(time: number): boolean {
  return time >= 0 && time <= Number.MAX_SAFE_INTEGER
}

/**
 * Holds a record without an extractor to a time that windows and stores can take: Kafka's -1 says that there is none, and
 * what is above 2^53 was written in another unit. As Kafka Streams' FailOnInvalidTimestamp.
 *
 * @throws SluiceError DESERIALIZE
 */
export function checkTime(time: number): void {
  if (isTime(time)) return
  throw new SluiceError('DESERIALIZE', `the record's time is ${time}`, {
    hint: 'have it written with milliseconds since the epoch; or read the time from the record: stream(topic, { timestamp })',
  })
}

/**
 * Holds a source that says `ascending` to it, as Flink's AscendingTimestampExtractor does.
 *
 * @throws SluiceError TIMESTAMP_NOT_MONOTONIC for a time before the partition's latest
 */
export function checkAscends(time: number, latest: number): void {
  if (time >= latest) return
  throw new SluiceError(
    'TIMESTAMP_NOT_MONOTONIC',
    `the time ${time} lies ${latest - time} ms before ${latest}, the partition's latest, and the stream says ascending`,
    {
      hint: 'mend what writes the records or reads their time; let such records pass by with skip() or deadLetter(topic); or leave ascending out and give windows and joins a grace',
    },
  )
}

import { SluiceError } from '../errors.js'
import { plain } from '../operators/callback.js'
import type { StreamRecord } from '../record.js'
import type { SourceSpec } from '../topology/spec.js'

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
  if (typeof time === 'number' && time >= 0 && time <= Number.MAX_SAFE_INTEGER) return Math.floor(time)
  throw new SluiceError('CALLBACK', `the timestamp extractor answered ${String(time)}`, {
    hint: 'answer milliseconds since the epoch, a number ≥ 0',
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

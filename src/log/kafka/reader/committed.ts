import { SluiceError } from '../../../errors.js'
import { RecordBatch, readBatches } from '../../batch/batch.js'
import type { Isolation } from '../../log.js'
import type { FetchResult } from '../requests/fetch.js'

/** The data batches of an answer, and how far it was read. */
export interface Scanned {
  readonly batches: RecordBatch[]
  readonly bytes: number
  /** The offset after the last batch, delivered or not; the wished offset where there was none. */
  readonly next: number
}

/**
 * What a reader at `offset` gets of a fetched partition: no control batches, nothing from before the offset, at
 * read_committed nothing that was aborted. Positions move past what is left out (kafkajs#1072).
 *
 * A transaction is aborted from its first offset, which the answer lists, to its abort marker in the log; a later one of the
 * same producer is not. As Kafka's `CompletedFetch`.
 *
 * @throws SluiceError CORRUPT, UNSUPPORTED
 */
export function scan(result: FetchResult, offset: number, isolation: Isolation): Scanned {
  const committedOnly = isolation === 'read_committed'
  const upcoming = committedOnly ? result.aborted.toSorted((a, b) => a.firstOffset - b.firstOffset) : []
  const aborted = new Set<bigint>()
  const batches: RecordBatch[] = []
  let bytes = 0
  let next = offset
  let index = 0
  for (const batch of readBatches(result.records)) {
    if (batch.lastOffset < offset) continue
    verify(batch, result)
    next = batch.lastOffset + 1
    for (; index < upcoming.length && upcoming[index]!.firstOffset <= batch.lastOffset; index++) {
      aborted.add(upcoming[index]!.producerId)
    }
    if (batch.control) {
      if (aborted.size > 0 && isAbortMarker(batch)) aborted.delete(batch.producerId)
    } else if (aborted.size === 0 || !batch.transactional || !aborted.has(batch.producerId)) {
      batches.push(batch)
      bytes += batch.bytes
    }
  }
  return { batches, bytes, next }
}

/** The key of a control record is version: int16 and type: int16, where 0 is an abort and 1 a commit. */
function isAbortMarker(batch: RecordBatch): boolean {
  const cursor = batch.cursor()
  return cursor.next() && cursor.keyEnd - cursor.keyStart >= 4 && cursor.buffer.readInt16BE(cursor.keyStart + 2) === 0
}

function verify(batch: RecordBatch, { topic, partition }: FetchResult): void {
  try {
    batch.verify()
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause
    throw new SluiceError('CORRUPT', 'a record batch fails its checksum', {
      place: { topic, partition, offset: batch.baseOffset },
      hint: cause.hint ?? 'read again, or start past this offset',
      cause,
    })
  }
}

import { crc32c } from '@node-rs/crc32'
import { RecordBatch } from '../batch/batch.js'
import { writeInt64 } from '../../serde/int64-bytes.js'
import { at, headerBytes, lengthPrefix } from '../batch/format.js'

/** Whether a record stays. The key is its bytes as latin1 text. */
export type Kept = (key: string, offset: number, tombstone: boolean) => boolean

/**
 * A batch without the records that do not stay: their bytes are left out, all others are as they were, so that offsets and
 * times keep. The same batch where all stay; `undefined` where none does.
 */
export function rewriteBatch(batch: RecordBatch, keep: Kept): RecordBatch | undefined {
  if (batch.compression !== 0 || batch.control) return batch
  const bytes = Buffer.allocUnsafe(batch.bytes)
  const cursor = batch.cursor()
  let end = batch.buffer.copy(bytes, 0, batch.start, batch.start + headerBytes)
  let count = 0
  let maxTimestamp = -1
  let recordStart = batch.start + headerBytes
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, recordEnd, offset, timestamp } = cursor
    if (keyEnd < 0 || keep(buffer.toString('latin1', keyStart, keyEnd), offset, cursor.valueEnd < 0)) {
      end += buffer.copy(bytes, end, recordStart, recordEnd)
      count++
      maxTimestamp = Math.max(maxTimestamp, timestamp)
    }
    recordStart = recordEnd
  }
  if (count === batch.count) return batch
  if (count === 0) return undefined
  bytes.writeInt32BE(end - lengthPrefix, at.length)
  bytes.writeInt32BE(count, at.count)
  if (!batch.logAppendTime) writeInt64(maxTimestamp, bytes, at.maxTimestamp)
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes, end)), at.crc)
  return new RecordBatch(bytes, 0, end)
}

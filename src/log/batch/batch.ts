import { crc32c } from '@node-rs/crc32'
import { SluiceError } from '../../errors.js'
import { decompress } from './compression.js'
import { RecordCursor } from './cursor.js'
import { readInt64 } from '../../serde/int64-bytes.js'
import { at, attribute, headerBytes, lengthPrefix } from './format.js'

/** The smallest message of the formats before v2, after its length. */
const smallestLegacy = 14

/** One whole record batch: the header read, the records untouched. */
export class RecordBatch {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly count: number
  readonly maxTimestamp: number
  readonly #attributes: number

  /** `buffer[start, end)` is exactly one batch. @throws SluiceError CORRUPT */
  constructor(buffer: Buffer, start: number, end: number) {
    this.buffer = buffer
    this.start = start
    this.end = end
    this.baseOffset = readInt64(buffer, start + at.baseOffset)
    this.count = buffer.readInt32BE(start + at.count)
    this.maxTimestamp = readInt64(buffer, start + at.maxTimestamp)
    this.#attributes = buffer.readInt16BE(start + at.attributes)
    const lastOffsetDelta = buffer.readInt32BE(start + at.lastOffsetDelta)
    this.lastOffset = this.baseOffset + lastOffsetDelta
    if (this.baseOffset < 0 || lastOffsetDelta < 0 || this.count < 0 || !Number.isSafeInteger(this.lastOffset)) {
      throw corrupt(start, 'its offsets or its number of records make no sense')
    }
  }

  /** Bytes, header included. */
  get bytes(): number {
    return this.end - this.start
  }

  get baseTimestamp(): number {
    return readInt64(this.buffer, this.start + at.baseTimestamp)
  }

  get producerId(): bigint {
    return this.buffer.readBigInt64BE(this.start + at.producerId)
  }

  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.start + at.producerEpoch)
  }

  get baseSequence(): number {
    return this.buffer.readInt32BE(this.start + at.baseSequence)
  }

  get transactional(): boolean {
    return (this.#attributes & attribute.transactional) !== 0
  }

  /** Holds markers of the broker's, no data. */
  get control(): boolean {
    return (this.#attributes & attribute.control) !== 0
  }

  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  get compression(): number {
    return this.#attributes & attribute.compression
  }

  get logAppendTime(): boolean {
    return (this.#attributes & attribute.logAppendTime) !== 0
  }

  /** Checks the CRC. @throws SluiceError CORRUPT */
  verify(): void {
    const expected = this.buffer.readUInt32BE(this.start + at.crc)
    const actual = crc32c(this.buffer.subarray(this.start + at.attributes, this.end))
    if (actual !== expected) {
      throw new SluiceError('CORRUPT', `the record batch at offset ${this.baseOffset} fails its checksum`, {
        place: { offset: this.baseOffset },
        hint: 'the disk or the network damaged it; restore the data, or start again past this offset',
      })
    }
  }

  /** A cursor before the first record. @throws SluiceError UNSUPPORTED, CORRUPT when a compressed batch does not open */
  cursor(): RecordCursor {
    const base = {
      count: this.count,
      offset: this.baseOffset,
      timestamp: this.baseTimestamp,
      appendTime: this.logAppendTime ? this.maxTimestamp : undefined,
    }
    const records = this.start + at.records
    if (this.compression === 0) return new RecordCursor(this.buffer, records, this.end, base)
    const opened = decompress(this.compression, this.buffer.subarray(records, this.end), this.baseOffset)
    return new RecordCursor(opened, 0, opened.length, base)
  }
}

/**
 * The whole batches in `buffer[start, end)`. A last one that is cut off is left out: a fetch ends wherever its limit fell.
 *
 * @throws SluiceError CORRUPT for bytes that are no batches, UNSUPPORTED for the formats before Kafka 0.11
 */
export function readBatches(buffer: Buffer, start: number = 0, end: number = buffer.length): RecordBatch[] {
  const batches: RecordBatch[] = []
  let position = start
  while (position + at.magic < end) {
    const length = buffer.readInt32BE(position + at.length)
    const magic = buffer[position + at.magic]!
    if (length < smallestLegacy || magic > 2) throw corrupt(position, 'it does not begin with a batch header')
    if (magic < 2) throw legacy(magic)
    if (length < headerBytes - lengthPrefix) throw corrupt(position, `its length is ${length}`)
    const next = position + lengthPrefix + length
    if (next > end) break
    batches.push(new RecordBatch(buffer, position, next))
    position = next
  }
  return batches
}

function corrupt(position: number, what: string): SluiceError {
  return new SluiceError('CORRUPT', `the record batch at byte ${position} is damaged: ${what}`)
}

function legacy(magic: number): SluiceError {
  return new SluiceError('UNSUPPORTED', `the records are in message format ${magic}, from before Kafka 0.11`, {
    hint: 'write the topic again with a client of Kafka 0.11 or later, such as by mirroring it',
  })
}

import { crc32c } from '@node-rs/crc32'
import { SluiceError } from '../../errors.js'
import type { RecordHeaders } from '../../record.js'
import { copyBytes } from '../../serde/copy-bytes.js'
import type { Serializer } from '../../serde/serde.js'
import { writeInt64 } from '../../serde/int64-bytes.js'
import { writeUtf8 } from '../../serde/text.js'
import { at, attribute, headerBytes, lengthPrefix } from './format.js'
import { varintSize, writeVarint, writeVarlong } from './varint.js'

/** Bytes of a record's fields at most, without key, value and headers; room for both guessed lengths to grow. */
const recordOverhead = 40
/** A builder that one large batch blew up gives the memory back at `reset`. */
const keepBytes = 4 * 1024 * 1024
const largestBuffer = 0x7fff_ffff

/** Who wrote a batch; the broker drops repeats by the sequence. */
export interface ProducerStamp {
  readonly producerId: bigint | number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
}

const noProducer: ProducerStamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false }

/**
 * Writes records into one growing buffer: a record batch of format v2, uncompressed.
 *
 * A record's length and its value's length come before the bytes they count. Their size is guessed from the last record;
 * the bytes are moved only where the guess was wrong.
 *
 * @example
 * const builder = new BatchBuilder()
 * builder.append(Date.now(), Buffer.from('key'), Buffer.from('value'), RecordHeaders.none)
 * const bytes = builder.finish()      // valid until reset()
 */
export class BatchBuilder {
  #buffer: Buffer
  #end = headerBytes
  #count = 0
  #baseTimestamp = -1
  #maxTimestamp = -1
  #undoEnd = -1
  #undoMaxTimestamp = -1
  #recordLengthSize = 1
  #valueLengthSize = 1
  readonly #initialBytes: number

  constructor(initialBytes: number = 16 * 1024) {
    this.#initialBytes = Math.max(initialBytes, headerBytes + recordOverhead)
    this.#buffer = Buffer.allocUnsafeSlow(this.#initialBytes)
  }

  get count(): number {
    return this.#count
  }

  /** Bytes so far, header included. */
  get bytes(): number {
    return this.#end
  }

  /** Milliseconds since the epoch; -1 while empty. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  append(timestamp: number, key: Uint8Array | null, value: Uint8Array | null, headers: RecordHeaders): void {
    let position = this.#begin(timestamp, key ?? noBytes, 0, key === null ? -1 : key.length)
    position = this.#bytesValue(position, value ?? noBytes, 0, value === null ? -1 : value.length)
    this.#finishRecord(timestamp, position, headers)
  }

  /**
   * The hot path: the key lies in `keyBuffer[keyStart, keyEnd)` (`keyEnd` -1: null), the value is written by its
   * serializer straight into the batch. `value` null or undefined is a null value. Answers the bytes added.
   *
   * @throws whatever the serializer throws; the builder is then as before
   */
  add<V>(
    timestamp: number,
    keyBuffer: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: V | null,
    serializer: Serializer<V>,
    headers: RecordHeaders,
  ): number {
    let position = this.#begin(timestamp, keyBuffer, keyStart, keyEnd)
    if (value === null || value === undefined) position = this.#bytesValue(position, noBytes, 0, -1)
    else if (serializer.serializeInto === undefined) {
      const bytes: unknown = serializer.serialize(value)
      if (!(bytes instanceof Uint8Array)) throw badSerializer(serializer, `serialize answered ${typeof bytes}`)
      position = this.#bytesValue(position, bytes, 0, bytes.length)
    } else position = this.#serializedValue(position, value, serializer, serializer.serializeInto)
    return this.#finishRecord(timestamp, position, headers)
  }

  /** As `add`, with the value's bytes in `valueBuffer[valueStart, valueEnd)` (`valueEnd` -1: null). */
  addRaw(
    timestamp: number,
    keyBuffer: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuffer: Uint8Array,
    valueStart: number,
    valueEnd: number,
    headers: RecordHeaders,
  ): number {
    const position = this.#begin(timestamp, keyBuffer, keyStart, keyEnd)
    return this.#finishRecord(timestamp, this.#bytesValue(position, valueBuffer, valueStart, valueEnd), headers)
  }

  /** Writes the header and the CRC. The answer is a view, valid until `reset`; may be called again with another stamp. */
  finish(stamp: ProducerStamp = noProducer): Buffer {
    if (this.#count === 0) throw new SluiceError('BAD_ARGUMENT', 'a record batch needs at least one record')
    const b = this.#buffer
    writeInt64(0, b, at.baseOffset)
    b.writeInt32BE(this.#end - lengthPrefix, at.length)
    b.writeInt32BE(-1, at.leaderEpoch)
    b[at.magic] = 2
    b.writeInt16BE(stamp.transactional ? attribute.transactional : 0, at.attributes)
    b.writeInt32BE(this.#count - 1, at.lastOffsetDelta)
    writeInt64(this.#baseTimestamp, b, at.baseTimestamp)
    writeInt64(this.#maxTimestamp, b, at.maxTimestamp)
    b.writeBigInt64BE(BigInt(stamp.producerId), at.producerId)
    b.writeInt16BE(stamp.producerEpoch, at.producerEpoch)
    b.writeInt32BE(stamp.baseSequence, at.baseSequence)
    b.writeInt32BE(this.#count, at.count)
    b.writeUInt32BE(crc32c(b.subarray(at.attributes, this.#end)), at.crc)
    return b.subarray(0, this.#end)
  }

  /** Takes the last record back, once: for one that turned out too large for the batch. */
  undo(): void {
    if (this.#undoEnd < 0) throw new SluiceError('BAD_ARGUMENT', 'there is no record to take back')
    this.#end = this.#undoEnd
    this.#maxTimestamp = this.#undoMaxTimestamp
    this.#count--
    this.#undoEnd = -1
  }

  /** Empties the builder for the next batch. */
  reset(): void {
    this.#end = headerBytes
    this.#undoEnd = -1
    this.#count = 0
    this.#maxTimestamp = -1
    if (this.#buffer.length > keepBytes) this.#buffer = Buffer.allocUnsafeSlow(this.#initialBytes)
  }

  /** Everything up to the value's length; answers where that goes. Nothing counts before `#finishRecord`. */
  #begin(timestamp: number, key: Uint8Array, keyStart: number, keyEnd: number): number {
    const keyLength = keyEnd < 0 ? -1 : keyEnd - keyStart
    if (this.#end + keyLength + recordOverhead > this.#buffer.length) this.#grow(this.#end, keyLength + recordOverhead)
    const b = this.#buffer
    const delta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
    let position = this.#end + this.#recordLengthSize
    b[position++] = 0 // attributes of the record: none are defined
    position = (delta | 0) === delta ? writeVarint(b, position, delta) : this.#wideDelta(position, timestamp, delta)
    position = writeVarint(b, position, this.#count)
    position = writeVarint(b, position, keyLength)
    if (keyLength > 0) position = copyBytes(b, position, key, keyStart, keyEnd)
    return position
  }

  #wideDelta(position: number, timestamp: number, delta: number): number {
    if (!Number.isSafeInteger(delta)) throw badTimestamp(timestamp)
    return writeVarlong(this.#buffer, position, delta)
  }

  #bytesValue(position: number, value: Uint8Array, start: number, end: number): number {
    const length = end < 0 ? -1 : end - start
    if (position + length + recordOverhead > this.#buffer.length) this.#grow(position, length + recordOverhead)
    position = writeVarint(this.#buffer, position, length)
    return length > 0 ? copyBytes(this.#buffer, position, value, start, end) : position
  }

  #serializedValue<V>(
    position: number,
    value: V,
    serializer: Serializer<V>,
    serializeInto: (value: V, buffer: Buffer, offset: number) => number,
  ): number {
    const guess = this.#valueLengthSize
    let length = serializeInto.call(serializer, value, this.#buffer, position + guess)
    while (length < 0) {
      this.#grow(position + guess, recordOverhead - length)
      length = serializeInto.call(serializer, value, this.#buffer, position + guess)
    }
    // Written so that NaN and undefined fail too.
    if (!(length <= this.#buffer.length - position - guess)) {
      throw badSerializer(serializer, `serializeInto answered ${length}, which is more than the buffer holds`)
    }
    if (position + length + recordOverhead > this.#buffer.length) this.#grow(position + guess + length, recordOverhead)
    const size = varintSize(length)
    if (size !== guess) {
      this.#buffer.copyWithin(position + size, position + guess, position + guess + length)
      this.#valueLengthSize = size
    }
    writeVarint(this.#buffer, position, length)
    return position + size + length
  }

  /** Headers and the record's length; the record counts from here on. */
  #finishRecord(timestamp: number, position: number, headers: RecordHeaders): number {
    if (headers.size === 0) this.#buffer[position++] = 0
    else position = this.#headers(position, headers)
    const length = position - this.#end - this.#recordLengthSize
    const size = varintSize(length)
    if (size !== this.#recordLengthSize) {
      this.#buffer.copyWithin(this.#end + size, this.#end + this.#recordLengthSize, position)
      position += size - this.#recordLengthSize
      this.#recordLengthSize = size
    }
    writeVarint(this.#buffer, this.#end, length)
    this.#undoMaxTimestamp = this.#maxTimestamp
    if (this.#count === 0) {
      if (!Number.isSafeInteger(timestamp)) throw badTimestamp(timestamp)
      this.#baseTimestamp = timestamp
      this.#maxTimestamp = timestamp
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    const added = position - this.#end
    this.#undoEnd = this.#end
    this.#end = position
    this.#count++
    return added
  }

  #headers(position: number, headers: RecordHeaders): number {
    position = writeVarint(this.#buffer, position, headers.size)
    for (const [name, value] of headers) {
      const nameLength = Buffer.byteLength(name)
      const needed = nameLength + (value?.length ?? 0) + recordOverhead
      if (position + needed > this.#buffer.length) this.#grow(position, needed)
      position = writeVarint(this.#buffer, position, nameLength)
      position += writeUtf8(name, this.#buffer, position)
      position = writeVarint(this.#buffer, position, value === null ? -1 : value.length)
      if (value !== null) position = copyBytes(this.#buffer, position, value, 0, value.length)
    }
    return position
  }

  #grow(used: number, more: number): void {
    if (used + more > largestBuffer) {
      throw new SluiceError(
        'RECORD_TOO_LARGE',
        `a record batch of ${used + more} bytes is more than the format holds`,
        {
          hint: 'keep large values elsewhere and send where they lie',
        },
      )
    }
    const bytes = Math.min(largestBuffer, Math.max(used + more, this.#buffer.length * 2))
    const grown = Buffer.allocUnsafeSlow(bytes)
    this.#buffer.copy(grown, 0, 0, used)
    this.#buffer = grown
  }
}

const noBytes = new Uint8Array(0)

function badTimestamp(timestamp: number): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `the timestamp ${timestamp} is not a whole number of milliseconds`, {
    hint: 'give milliseconds since 1970: date.getTime() of a Date',
  })
}

function badSerializer(serializer: { readonly name?: string }, what: string): SluiceError {
  return new SluiceError('SERIALIZE', `${serializer.name ?? 'the serde'}: ${what}`, {
    hint: 'serialize answers a Uint8Array; serializeInto answers the bytes written, or minus the bytes missing',
  })
}

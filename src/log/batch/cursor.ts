import { SluiceError } from '../../errors.js'
import { RecordHeaders } from '../../record.js'
import { copyBytes } from '../../serde/copy-bytes.js'
import { readUtf8 } from '../../serde/text.js'

/** More than what lies before a key: its length and two numbers of two bytes each, one of three, and the attributes. */
const longestHead = 11

/**
 * Walks the records of a batch without an allocation per record: `next()` sets the fields, which are good until the next
 * call. Every length is checked, so that damaged bytes end in CORRUPT.
 *
 * @example
 * const cursor = batch.cursor()
 * while (cursor.next()) {
 *   const value = cursor.valueEnd < 0 ? null : cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueEnd)
 * }
 */
export class RecordCursor {
  readonly buffer: Buffer
  offset = -1
  /** Milliseconds since the epoch. */
  timestamp = -1
  keyStart = -1
  /** -1: the key is null. */
  keyEnd = -1
  valueStart = -1
  /** -1: the value is null. */
  valueEnd = -1
  #position: number
  #remaining: number
  #recordEnd: number
  readonly #end: number
  readonly #baseOffset: number
  readonly #baseTimestamp: number
  readonly #appendTime: number | undefined

  /** @param appendTime the timestamp of every record, where the broker set it */
  constructor(
    buffer: Buffer,
    start: number,
    end: number,
    base: { count: number; offset: number; timestamp: number; appendTime: number | undefined },
  ) {
    this.buffer = buffer
    this.#position = start
    this.#recordEnd = start
    this.#end = end
    this.#remaining = base.count
    this.#baseOffset = base.offset
    this.#baseTimestamp = base.timestamp
    this.#appendTime = base.appendTime
  }

  /** Where the present record ends, and the next begins. */
  get recordEnd(): number {
    return this.#recordEnd
  }

  /** Moves to the next record; `false` after the last. @throws SluiceError CORRUPT */
  next(): boolean {
    if (this.#remaining === 0) return this.#atEnd()
    this.#remaining--
    if (!this.#readShort()) this.#read()
    return true
  }

  /**
   * Reads a record whose numbers take two bytes at most (its time: three), and whose key lies well before the end of the
   * batch, as nearly all are: nothing has to be checked for each byte. Answers whether it is one; otherwise nothing has changed.
   */
  #readShort(): boolean {
    const buffer = this.buffer
    const begin = this.#recordEnd
    if (begin + longestHead > this.#end) return false
    // Bit 7 of each number's second byte, where there is one: set in what is longer.
    let longer = 0
    let first = buffer[begin]!
    let second = buffer[begin + 1]!
    longer |= first & second
    let at = begin + 1 + (first >>> 7)
    const end = at + unzigzag(first < 0x80 ? first : (first & 0x7f) | (second << 7))
    at++ // attributes: none are defined
    first = buffer[at++]!
    let later = first & 0x7f
    if (first >= 0x80) {
      second = buffer[at++]!
      later |= (second & 0x7f) << 7
      if (second >= 0x80) {
        // Records of more than eight seconds: three bytes, which is enough for 17 minutes.
        const third = buffer[at++]!
        longer |= third
        later |= third << 14
      }
    }
    first = buffer[at]!
    second = buffer[at + 1]!
    longer |= first & second
    at += 1 + (first >>> 7)
    const further = unzigzag(first < 0x80 ? first : (first & 0x7f) | (second << 7))
    first = buffer[at]!
    second = buffer[at + 1]!
    longer |= first & second
    at += 1 + (first >>> 7)
    const keyStart = at
    const keyLength = unzigzag(first < 0x80 ? first : (first & 0x7f) | (second << 7))
    if (keyLength > 0) at += keyLength
    if (at + 2 > this.#end) return false
    first = buffer[at]!
    second = buffer[at + 1]!
    longer |= first & second
    at += 1 + (first >>> 7)
    const valueLength = unzigzag(first < 0x80 ? first : (first & 0x7f) | (second << 7))
    const valueEnd = valueLength < 0 ? -1 : at + valueLength
    if (longer >= 0x80 || end > this.#end || at > end || valueEnd > end) return false
    this.offset = this.#baseOffset + further
    this.timestamp = this.#appendTime ?? this.#baseTimestamp + unzigzag(later)
    this.keyStart = keyStart
    this.keyEnd = keyLength < 0 ? -1 : keyStart + keyLength
    this.valueStart = at
    this.valueEnd = valueEnd
    this.#position = valueEnd < 0 ? at : valueEnd
    this.#recordEnd = end
    return true
  }

  #read(): void {
    this.#position = this.#recordEnd
    this.#recordEnd = this.#end
    const length = this.#varint()
    const end = this.#position + length
    if (length < 0 || end > this.#end) throw this.#corrupt(`a record of ${length} bytes does not fit`)
    this.#recordEnd = end
    this.#position++ // attributes: none are defined
    const delta = this.#varlong()
    this.offset = this.#baseOffset + this.#varint()
    this.timestamp = this.#appendTime ?? this.#baseTimestamp + delta
    const keyLength = this.#varint()
    this.keyStart = this.#position
    this.keyEnd = keyLength < 0 ? -1 : this.#skip(keyLength)
    const valueLength = this.#varint()
    this.valueStart = this.#position
    this.valueEnd = valueLength < 0 ? -1 : this.#skip(valueLength)
  }

  /** The headers of the present record; parsed at the call. @throws SluiceError CORRUPT */
  headers(): RecordHeaders {
    const from = this.#position
    const count = this.#varint()
    if (count === 0 && this.#position === this.#recordEnd) {
      this.#position = from
      return RecordHeaders.none
    }
    const list: (readonly [string, Uint8Array | null])[] = []
    for (let i = 0; i < count; i++) {
      const nameStart = this.#position
      const nameLength = this.#varint()
      if (nameLength < 0) throw this.#corrupt(`a header's name has the length ${nameLength} at byte ${nameStart}`)
      const name = readUtf8(this.buffer, this.#position, this.#skip(nameLength))
      const length = this.#varint()
      list.push([name, length < 0 ? null : this.#copy(length)])
    }
    if (count < 0 || this.#position !== this.#recordEnd) throw this.#corrupt('the headers do not end with the record')
    this.#position = from
    return new RecordHeaders(list)
  }

  /** Headers are kept by their readers, the batch is not. */
  #copy(length: number): Uint8Array {
    const start = this.#position
    const end = this.#skip(length)
    const copy = new Uint8Array(length)
    copyBytes(copy, 0, this.buffer, start, end)
    return copy
  }

  #atEnd(): false {
    if (this.#recordEnd !== this.#end) throw this.#corrupt('bytes follow the last record')
    return false
  }

  #skip(length: number): number {
    const end = this.#position + length
    if (end > this.#recordEnd) throw this.#corrupt(`a field of ${length} bytes passes the end of its record`)
    return (this.#position = end)
  }

  #varint(): number {
    const byte = this.#byte()
    if (byte < 0x80) return unzigzag(byte)
    let z = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const more = this.#byte()
      z |= (more & 0x7f) << shift
      if (more < 0x80) return unzigzag(z)
    }
    throw this.#corrupt('a varint is longer than 5 bytes')
  }

  #varlong(): number {
    const byte = this.#byte()
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let magnitude = (byte & 0x7f) >>> 1
    let unit = 64
    for (let i = 1; i < 10; i++) {
      const more = this.#byte()
      magnitude += (more & 0x7f) * unit
      if (more < 0x80) return (byte & 1) === 0 ? magnitude : -magnitude - 1
      unit *= 128
    }
    throw this.#corrupt('a varint is longer than 10 bytes')
  }

  #byte(): number {
    if (this.#position >= this.#recordEnd) throw this.#corrupt('a record ends in the middle of a field')
    return this.buffer[this.#position++]!
  }

  #corrupt(what: string): SluiceError {
    return new SluiceError('CORRUPT', `the record batch at offset ${this.#baseOffset} is damaged: ${what}`, {
      place: { offset: this.#baseOffset },
    })
  }
}

function unzigzag(z: number): number {
  return (z >>> 1) ^ -(z & 1)
}

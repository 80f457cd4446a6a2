import { crc32c } from '@node-rs/crc32'
import { copyBytes } from '../../serde/copy-bytes.js'
import { bloomBytes, bloomHash, writeBloom } from './bloom.js'
import { masked, writeVarint } from './varint.js'

// A table as LevelDB keeps it on disk (doc/table_format.md of LevelDB 1.20): blocks of entries, the Bloom filters of their
// keys, an index of the blocks, and a footer that says where those are. Blocks are not compressed.

/** A block ends behind the entry with which it has so many bytes: LevelDB's own size. */
const blockBytes = 4096
/** A key of this many is whole; the others are what differs from the key before. */
const restartEvery = 16
/** There is a filter for each so many bytes of blocks, as a power of two. */
const filterShift = 11
const filterName = Buffer.from('filter.leveldb.BuiltinBloomFilter2')
const magic = Buffer.of(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)
const footerBytes = 48
const longestVarint = 10
/** Sequence number and kind, behind each key. */
export const tagBytes = 8
const trailerBytes = 5

interface Handle {
  readonly offset: number
  readonly size: number
}

/** A finished table. */
export interface TableBytes {
  readonly bytes: Buffer
  /** The keys at both ends, each with its tag. */
  readonly smallest: Buffer
  readonly largest: Buffer
}

/** Writes one table of entries that come in the order of their keys, each key once. */
export class TableWriter {
  #bytes: Buffer
  #at = 0
  readonly #sequence: number
  readonly #restarts: number[] = []
  #blockStart = 0
  #inBlock = 0
  /** Of the block at hand: the bytes that its last key was taken from. */
  #last: Buffer | undefined
  #lastStart = 0
  #lastEnd = 0
  #lastIsPresent = true
  #smallest: Buffer | undefined
  readonly #index: { readonly key: Buffer; readonly handle: Handle }[] = []
  #hashes = new Uint32Array(4096)
  #hashed = 0
  /** Of the blocks that are finished: where each begins, and the number of its first hash. */
  readonly #hashedAt: { readonly offset: number; readonly from: number }[] = []

  /** @param sequence of all entries, below 2^24 @param bytes that the table is likely to have */
  constructor(sequence: number, bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes)
    this.#sequence = sequence
  }

  /** In bytes, so far. */
  get length(): number {
    return this.#at
  }

  /**
   * The key `from[keyStart, keyEnd)`, and the value behind it up to `valueEnd`; -1 for a key that is deleted.
   *
   * @param alike how many bytes the key has in common with the one before it; -1 where that is not known
   */
  add(from: Buffer, keyStart: number, keyEnd: number, valueEnd: number, alike: number): void {
    const keyLength = keyEnd - keyStart
    const isPresent = valueEnd >= 0
    const valueLength = isPresent ? valueEnd - keyEnd : 0
    this.#reserve(3 * longestVarint + keyLength + tagBytes + valueLength)
    let shared = 0
    if (this.#inBlock === 0) {
      this.#hashedAt.push({ offset: this.#at, from: this.#hashed })
      this.#blockStart = this.#at
      this.#smallest ??= this.#tagged(from, keyStart, keyEnd, isPresent)
    }
    if (this.#inBlock % restartEvery === 0) this.#restarts.push(this.#at - this.#blockStart)
    else shared = alike < 0 ? this.#sharedWithLast(from, keyStart, keyLength) : alike
    const bytes = this.#bytes
    let at = this.#at
    const rest = keyLength - shared + tagBytes
    if (shared < 128 && rest < 128 && valueLength < 128) {
      bytes[at] = shared
      bytes[at + 1] = rest
      bytes[at + 2] = valueLength
      at += 3
    } else at = writeVarint(bytes, writeVarint(bytes, writeVarint(bytes, at, shared), rest), valueLength)
    at = copyBytes(bytes, at, from, keyStart + shared, keyEnd)
    at = writeTag(bytes, at, this.#sequence, isPresent)
    if (valueLength > 0) at = copyBytes(bytes, at, from, keyEnd, valueEnd)
    this.#at = at
    this.#inBlock++
    this.#last = from
    this.#lastStart = keyStart
    this.#lastEnd = keyEnd
    this.#lastIsPresent = isPresent
    this.#hash(from, keyStart, keyEnd)
    if (at - this.#blockStart + 4 * (this.#restarts.length + 1) >= blockBytes) this.#endBlock()
  }

  /** To be called once, with at least one entry added. */
  finish(): TableBytes {
    if (this.#inBlock > 0) this.#endBlock()
    const filters = this.#writeFilters()
    const metaIndex = this.#writeBlock([{ key: filterName, handle: filters }])
    const index = this.#writeBlock(this.#index)
    this.#reserve(footerBytes)
    const end = this.#at + footerBytes
    this.#bytes.fill(0, this.#at, end)
    writeHandle(this.#bytes, writeHandle(this.#bytes, this.#at, metaIndex), index)
    magic.copy(this.#bytes, end - magic.length)
    return {
      bytes: this.#bytes.subarray(0, end),
      smallest: this.#smallest!,
      largest: this.#index[this.#index.length - 1]!.key,
    }
  }

  #sharedWithLast(from: Buffer, keyStart: number, keyLength: number): number {
    const last = this.#last!
    const lastStart = this.#lastStart
    const most = Math.min(keyLength, this.#lastEnd - lastStart)
    let shared = 0
    while (shared < most && last[lastStart + shared] === from[keyStart + shared]) shared++
    return shared
  }

  #tagged(from: Buffer, start: number, end: number, isPresent: boolean): Buffer {
    const bytes = Buffer.alloc(end - start + tagBytes)
    from.copy(bytes, 0, start, end)
    writeTag(bytes, end - start, this.#sequence, isPresent)
    return bytes
  }

  #endBlock(): void {
    const key = this.#tagged(this.#last!, this.#lastStart, this.#lastEnd, this.#lastIsPresent)
    this.#reserve(4 * (this.#restarts.length + 1) + trailerBytes)
    this.#index.push({ key, handle: this.#endRestarts() })
    this.#inBlock = 0
  }

  /** A small block in which each key is whole, as those of the indexes are. */
  #writeBlock(entries: readonly { readonly key: Buffer; readonly handle: Handle }[]): Handle {
    this.#blockStart = this.#at
    for (const { key, handle } of entries) {
      this.#reserve(5 * longestVarint + key.length)
      this.#restarts.push(this.#at - this.#blockStart)
      const value = Buffer.alloc(2 * longestVarint)
      const valueLength = writeHandle(value, 0, handle)
      let at = writeVarint(this.#bytes, this.#at, 0)
      at = writeVarint(this.#bytes, at, key.length)
      at = writeVarint(this.#bytes, at, valueLength)
      at = copyBytes(this.#bytes, at, key, 0, key.length)
      this.#at = copyBytes(this.#bytes, at, value, 0, valueLength)
    }
    this.#reserve(4 * (this.#restarts.length + 1) + trailerBytes)
    return this.#endRestarts()
  }

  #endRestarts(): Handle {
    for (const restart of this.#restarts) this.#at = this.#bytes.writeUInt32LE(restart, this.#at)
    this.#at = this.#bytes.writeUInt32LE(this.#restarts.length, this.#at)
    this.#restarts.length = 0
    return this.#endWithTrailer()
  }

  /** What is from the beginning of the block on, behind it how it is compressed (0: it is not) and the checksum of both. */
  #endWithTrailer(): Handle {
    const offset = this.#blockStart
    const size = this.#at - offset
    this.#bytes[this.#at++] = 0
    this.#at = this.#bytes.writeUInt32LE(masked(crc32c(this.#bytes.subarray(offset, this.#at))), this.#at)
    return { offset, size }
  }

  #hash(bytes: Buffer, start: number, end: number): void {
    if (this.#hashed === this.#hashes.length) {
      const larger = new Uint32Array(this.#hashes.length * 2)
      larger.set(this.#hashes)
      this.#hashes = larger
    }
    this.#hashes[this.#hashed++] = bloomHash(bytes, start, end)
  }

  /** The filters one behind the other, where each begins, where those offsets begin, and the power of two. */
  #writeFilters(): Handle {
    const start = (this.#blockStart = this.#at)
    const offsets: number[] = []
    const blocks = this.#hashedAt
    for (let block = 0; block < blocks.length;) {
      const number = blocks[block]!.offset >>> filterShift
      while (offsets.length < number) offsets.push(this.#at - start)
      let next = block + 1
      while (next < blocks.length && blocks[next]!.offset >>> filterShift === number) next++
      const from = blocks[block]!.from
      const to = blocks[next]?.from ?? this.#hashed
      offsets.push(this.#at - start)
      this.#reserve(bloomBytes(to - from))
      this.#at = writeBloom(this.#bytes, this.#at, this.#hashes, from, to)
      block = next
    }
    const offsetsAt = this.#at - start
    this.#reserve(4 * (offsets.length + 1) + 1 + trailerBytes)
    for (const offset of offsets) this.#at = this.#bytes.writeUInt32LE(offset, this.#at)
    this.#at = this.#bytes.writeUInt32LE(offsetsAt, this.#at)
    this.#bytes[this.#at++] = filterShift
    return this.#endWithTrailer()
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + more))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** Writes a sequence number of 56 bits behind the kind of the entry; answers the position after it. */
function writeTag(bytes: Buffer, position: number, sequence: number, isPresent: boolean): number {
  bytes[position] = isPresent ? 1 : 0
  bytes[position + 1] = sequence
  bytes[position + 2] = sequence >>> 8
  bytes[position + 3] = sequence >>> 16
  for (let n = 4; n < tagBytes; n++) bytes[position + n] = 0
  return position + tagBytes
}

function writeHandle(bytes: Buffer, position: number, { offset, size }: Handle): number {
  return writeVarint(bytes, writeVarint(bytes, position, offset), size)
}

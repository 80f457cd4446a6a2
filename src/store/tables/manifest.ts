import { crc32c } from '@node-rs/crc32'
import { masked, writeVarint } from './varint.js'

// The file that says which tables a LevelDB has (doc/log_format.md, db/version_edit.cc of LevelDB 1.20): records in pages of
// 32 KiB, of which one is enough for all.

const pageBytes = 32 << 10
const headerBytes = 7

/** A table in its place. */
export interface PlacedTable {
  readonly level: number
  readonly file: number
  readonly size: number
  /** With their tags. */
  readonly smallest: Buffer
  readonly largest: Buffer
}

export interface Manifest {
  /** Of the write-ahead log that holds what is not in tables. */
  readonly log: number
  readonly nextFile: number
  readonly lastSequence: number
  readonly tables: readonly PlacedTable[]
}

export function manifestBytes({ log, nextFile, lastSequence, tables }: Manifest): Buffer {
  const parts = [field(1), text(Buffer.from('leveldb.BytewiseComparator'))]
  parts.push(field(2), varint(log), field(9), varint(0), field(3), varint(nextFile), field(4), varint(lastSequence))
  for (const { level, file, size, smallest, largest } of tables) {
    parts.push(field(7), varint(level), varint(file), varint(size), text(smallest), text(largest))
  }
  return paged(Buffer.concat(parts))
}

const varint = (value: number): Buffer => {
  const bytes = Buffer.alloc(10)
  return bytes.subarray(0, writeVarint(bytes, 0, value))
}
const field = varint
const text = (bytes: Buffer): Buffer => Buffer.concat([varint(bytes.length), bytes])

/** One record in as many pages as it takes: whole (1), or its first (2), middle (3) and last (4) part. */
function paged(record: Buffer): Buffer {
  const pages: Buffer[] = []
  const room = pageBytes - headerBytes
  for (let at = 0; at < record.length; at += room) {
    const isFirst = at === 0
    const isLast = at + room >= record.length
    const kind = isFirst ? (isLast ? 1 : 2) : isLast ? 4 : 3
    const part = Buffer.concat([Buffer.of(kind), record.subarray(at, at + room)])
    const header = Buffer.alloc(headerBytes - 1)
    header.writeUInt32LE(masked(crc32c(part)), 0)
    header.writeUInt16LE(part.length - 1, 4)
    pages.push(header, part)
  }
  return Buffer.concat(pages)
}

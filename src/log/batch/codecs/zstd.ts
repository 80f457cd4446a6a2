import { createRequire } from 'node:module'
import { createContext, Script } from 'node:vm'
import * as zlib from 'node:zlib'
import type { decompress } from 'fzstd'
import { checkLength, type Inflate } from './bounds.js'

const magic = 0xfd2f_b528
/** As in Zstandard's own decoder, which refuses a larger window unless it is told otherwise. */
const maxWindowLog = 27
const maxBlock = 128 * 1024
/** Far more than the largest batch takes. */
const maxMilliseconds = 30_000

/** Zstandard: Node's own from 22.15 on (older type declarations do not know it), before that in JavaScript. */
export function zstd(): Inflate {
  return (zlib as { zstdDecompressSync?: Inflate }).zstdDecompressSync ?? zstdInJavaScript()
}

/**
 * The library bounds neither what it unpacks nor how long it takes: nineteen bytes that claim a hundred thousand long
 * matches keep it busy for minutes, without a call in between. Only V8 can end that.
 */
export function zstdInJavaScript(milliseconds: number = maxMilliseconds): Inflate {
  const require = createRequire(import.meta.url)
  const library = require('fzstd') as { decompress: typeof decompress }
  const context = createContext({ run: undefined as (() => Uint8Array) | undefined })
  const script = new Script('run()')
  return (bytes, { maxOutputLength }) => {
    checkLength(mostIn(bytes), maxOutputLength)
    context.run = () => library.decompress(bytes)
    try {
      const opened = script.runInContext(context, { timeout: milliseconds }) as Uint8Array
      return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength)
    } finally {
      context.run = undefined
    }
  }
}

/** The most that the frames can unpack to: what they claim, or what their blocks may hold. */
function mostIn(bytes: Buffer): number {
  let length = 0
  for (let position = 0; position < bytes.length;) {
    if (bytes.readUInt32LE(position) !== magic) throw new Error('it is no Zstandard frame')
    const flags = bytes.readUInt8(position + 4)
    const oneSegment = (flags & 0x20) !== 0
    position += 5
    if (!oneSegment) {
      const windowLog = 10 + (bytes.readUInt8(position++) >> 3)
      if (windowLog > maxWindowLog) throw new Error('its window is too large')
    }
    position += [0, 1, 2, 4][flags & 3]!
    const claimed = claimedLength(bytes, position, flags >> 6, oneSegment)
    position += claimed.bytes
    const blocks = blocksOf(bytes, position)
    length += claimed.length ?? blocks.length
    position = blocks.end + (flags & 0x04 ? 4 : 0)
  }
  return length
}

function claimedLength(
  bytes: Buffer,
  position: number,
  size: number,
  oneSegment: boolean,
): { bytes: number; length?: number } {
  if (size === 0) return oneSegment ? { bytes: 1, length: bytes.readUInt8(position) } : { bytes: 0 }
  if (size === 1) return { bytes: 2, length: bytes.readUInt16LE(position) + 256 }
  if (size === 2) return { bytes: 4, length: bytes.readUInt32LE(position) }
  return { bytes: 8, length: Number(bytes.readBigUInt64LE(position)) }
}

function blocksOf(bytes: Buffer, start: number): { end: number; length: number } {
  let length = 0
  for (let position = start; ;) {
    const header = bytes.readUIntLE(position, 3)
    const size = header >> 3
    if (size > maxBlock) throw new Error(`a block of ${size} bytes is too large`)
    const kind = (header >> 1) & 3 // 0 as it is, 1 one byte repeated, 2 compressed
    length += kind === 2 ? maxBlock : size
    position += 3 + (kind === 1 ? 1 : size)
    if (header & 1) return { end: position, length }
  }
}

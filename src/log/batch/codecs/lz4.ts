import { createRequire } from 'node:module'
import type { decompressFrameSync } from 'lz4-napi'
import { checkLength, type Inflate } from './bounds.js'

const magic = 0x184d_2204
/** Bits of the flags behind it. */
const flag = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const
const uncompressedBlock = 0x8000_0000
/** One byte can stand for at most as many. */
const mostFromOne = 255

/** The frame format of LZ4, one frame. */
export function lz4(): Inflate {
  const require = createRequire(import.meta.url)
  const library = require('lz4-napi') as { decompressFrameSync: typeof decompressFrameSync }
  return (bytes, { maxOutputLength }) => {
    const { end, length } = measure(bytes)
    checkLength(length, maxOutputLength)
    return library.decompressFrameSync(bytes.subarray(0, end))
  }
}

/** Where the frame ends, and the most that it can unpack to. The library takes no bound, and a frame need not tell its size. */
function measure(bytes: Buffer): { end: number; length: number } {
  if (bytes.readUInt32LE(0) !== magic) throw new Error('it is no LZ4 frame')
  const flags = bytes.readUInt8(4)
  const blockSize = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7))
  const behindBlock = flags & flag.blockChecksum ? 4 : 0
  let position = 7 + (flags & flag.contentSize ? 8 : 0) + (flags & flag.dictionary ? 4 : 0)
  let length = 0
  for (;;) {
    const word = bytes.readUInt32LE(position)
    position += 4
    if (word === 0) {
      const claimed = flags & flag.contentSize ? Number(bytes.readBigUInt64LE(6)) : 0
      return { end: position + (flags & flag.contentChecksum ? 4 : 0), length: Math.max(length, claimed) }
    }
    const size = word % uncompressedBlock
    length += Math.min(blockSize, word < uncompressedBlock ? size * mostFromOne : size)
    position += size + behindBlock
  }
}

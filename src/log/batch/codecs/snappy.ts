import { createRequire } from 'node:module'
import type { uncompressSync } from 'snappy'
import { checkLength, type Inflate } from './bounds.js'

/** What Java's clients begin with: the framing of xerial's snappy-java, with two versions behind it. */
const xerial = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0])
const xerialHeader = xerial.length + 8
/** Three bytes can stand for at most 64. */
const mostFromOne = 64 / 3

/** Snappy as Java writes it, blocks in xerial's framing, and as librdkafka does, one raw block. */
export function snappy(): Inflate {
  const require = createRequire(import.meta.url)
  const library = require('snappy') as { uncompressSync: typeof uncompressSync }
  const block = (bytes: Buffer): Buffer => library.uncompressSync(bytes, { asBuffer: true }) as Buffer
  return (bytes, { maxOutputLength }) => {
    const blocks = blocksOf(bytes)
    const length = blocks.reduce((sum, one) => sum + claimedLength(one), 0)
    checkLength(length, Math.min(maxOutputLength, Math.ceil(bytes.length * mostFromOne)))
    return blocks.length === 1 ? block(blocks[0]!) : Buffer.concat(blocks.map(block), length)
  }
}

function blocksOf(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, xerial.length).equals(xerial)) return [bytes]
  const blocks: Buffer[] = []
  for (let position = xerialHeader; position < bytes.length;) {
    const start = position + 4
    const end = start + bytes.readUInt32BE(position)
    if (end > bytes.length) throw new Error('a block is cut off')
    blocks.push(bytes.subarray(start, end))
    position = end
  }
  return blocks
}

/** A block begins with its unpacked length, as a varint of 32 bits; the library refuses a block that has another. */
function claimedLength(block: Buffer): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = block.readUInt8(i)
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  throw new Error('the length of a block is no 32-bit number')
}

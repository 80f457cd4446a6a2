import type { ChainedBatch } from 'level'
import { asBytes, readError, withPrefix, type LevelDb } from './level-store.js'

const noBytes = Buffer.alloc(0)
/** Numbers below this take one byte. */
const short = 0x80

/**
 * Which number stands for the name of a store in its keys: a name is often longer than the keys behind it, and LevelDB
 * writes every key twice and compares it a dozen times. A number is given when a name is first asked for, and kept with the
 * first write that uses it.
 *
 * | key | value |
 * |---|---|
 * | prefix, `\0:`, name | the number as uint32, big-endian |
 * | prefix, `\0:` | the next number to be given |
 */
export class StoreNumbers {
  readonly #db: LevelDb
  readonly #prefix: Buffer
  #next = 1

  constructor(db: LevelDb, prefix: Buffer) {
    this.#db = db
    this.#prefix = prefix
  }

  of(name: string): number {
    const kept = this.#read(name)
    if (kept !== undefined) return kept
    this.#next = Math.max(this.#next, this.#read('') ?? 1)
    return this.#next++
  }

  isKept(name: string): boolean {
    return this.#read(name) !== undefined
  }

  /** Adds to a batch what makes the number of a name last. */
  keep(name: string, number: number, chained: ChainedBatch<LevelDb, Buffer, Buffer>): void {
    for (const [key, value] of numberEntries([[name, number]], this.#next, this.#prefix))
      chained.put(key, value, asBytes)
  }

  #read(name: string): number | undefined {
    try {
      return this.#db.getSync(keyOf(name, this.#prefix), asBytes)?.readUInt32BE(0)
    } catch (thrown) {
      throw readError(thrown, name)
    }
  }
}

/** The entries that make the numbers of names last. @param next the next number to be given */
export function numberEntries(
  numbers: Iterable<readonly [name: string, number: number]>,
  next: number,
  prefix: Buffer = noBytes,
): (readonly [key: Buffer, value: Buffer])[] {
  const kept = Array.from(numbers, ([name, number]) => [keyOf(name, prefix), uint32(number)] as const)
  return [...kept, [keyOf('', prefix), uint32(next)]]
}

function keyOf(name: string, prefix: Buffer): Buffer {
  return withPrefix(prefix, Buffer.from(`\0:${name}`, 'utf8'))
}

/** The bytes that the keys of a store begin with: none begins with those of another, nor with a zero byte. */
export function numberBytes(number: number): Buffer {
  if (number < short) return Buffer.of(number)
  const bytes = uint32(number)
  bytes[0]! |= short
  return bytes
}

/** The number at the beginning of a store's key; 0 where it is no store's. */
export function numberAt(bytes: Buffer, start: number): number {
  const first = bytes[start]!
  return first < short ? first : (bytes.readUInt32BE(start) & ~(short << 24)) >>> 0
}

function uint32(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(number)
  return bytes
}

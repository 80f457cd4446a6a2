import type { Iterator, Level } from 'level'
import { SluiceError, errorText } from '../errors.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { ExactBuffers } from './exact-buffers.js'
import type { StateRange, StateStore } from './state-db.js'

/** LevelDB with bytes for keys and values. */
export type LevelDb = Level<Buffer, Buffer>

/** Given with every call, so that it does not matter which encodings the owner of the database chose. */
export const asBytes = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const

/** Bytes that an iterator reads ahead. */
const readAhead = 256 * 1024

/** The part of a LevelDB whose keys begin with `prefix`. */
export class LevelStore implements StateStore {
  readonly name: string
  readonly #db: LevelDb
  readonly #prefix: Buffer
  readonly #keys: ExactBuffers

  constructor(db: LevelDb, name: string, prefix: Buffer) {
    this.name = name
    this.#db = db
    this.#prefix = prefix
    this.#keys = new ExactBuffers(prefix)
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const bytes = this.#keys.of(key.length)
    copyBytes(bytes, this.#prefix.length, key, 0, key.length)
    try {
      return this.#db.getSync(bytes, asBytes)
    } catch (thrown) {
      throw readError(thrown, this.name)
    }
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    try {
      return await this.#db.getMany(
        keys.map(key => withPrefix(this.#prefix, key)),
        asBytes,
      )
    } catch (thrown) {
      throw readError(thrown, this.name)
    }
  }

  entries(range: StateRange = {}): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    // LevelDB's iterator takes its snapshot when it is made, so not in the generator, which runs at the first `next`.
    try {
      return readAll(this.#iterator(range), this.#prefix.length, this.name)
    } catch (thrown) {
      throw readError(thrown, this.name)
    }
  }

  #iterator({ gte, lt, reverse }: StateRange): Iterator<LevelDb, Buffer, Buffer> {
    return this.#db.iterator({
      ...asBytes,
      gte: gte === undefined ? this.#prefix : withPrefix(this.#prefix, gte),
      lt: lt === undefined ? after(this.#prefix) : withPrefix(this.#prefix, lt),
      reverse: reverse === true,
      highWaterMarkBytes: readAhead,
    })
  }
}

async function* readAll(
  iterator: Iterator<LevelDb, Buffer, Buffer>,
  skip: number,
  store: string,
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  try {
    for (;;) {
      const chunk = await iterator.nextv(1000).catch((thrown: unknown) => {
        throw readError(thrown, store)
      })
      if (chunk.length === 0) return
      for (const [key, value] of chunk) yield [key.subarray(skip), value]
    }
  } finally {
    await iterator.close()
  }
}

export function withPrefix(prefix: Buffer, key: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefix.length + key.length)
  bytes.set(prefix)
  bytes.set(key, prefix.length)
  return bytes
}

/** The first bytes after all that begin with `prefix`, in which not every byte is 255. */
function after(prefix: Buffer): Buffer {
  let length = prefix.length
  while (prefix[length - 1] === 255) length--
  const end = Buffer.from(prefix.subarray(0, length))
  end[length - 1]! += 1
  return end
}

export function readError(thrown: unknown, store: string): SluiceError {
  // An iterator is closed with its database.
  const closed = ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN'].includes(codeOf(thrown) ?? '')
  return closed
    ? new SluiceError('NOT_RUNNING', 'the state database is closed', {
        place: { store },
        hint: 'the task was closed, or goes to another instance: ask again when the tasks have been given out',
        cause: thrown,
      })
    : new SluiceError('STATE_DAMAGED', `LevelDB cannot read: ${errorText(thrown)}`, {
        place: { store },
        hint: 'check the disk. With Kafka, move the directory away and start again: state is restored from its changelog. An embedded log is restored from a copy',
        cause: thrown,
      })
}

/** LevelDB's own code; errors at opening carry it in their cause. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const inner = thrown.cause instanceof Error ? codeOf(thrown.cause) : undefined
  return inner ?? (thrown as Error & { code?: string }).code
}

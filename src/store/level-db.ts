import type { ChainedBatch } from 'level'
import { SluiceError, errorText } from '../errors.js'
import { copyBytes } from '../serde/copy-bytes.js'
import { CollectedBatch, collected } from './collected-batch.js'
import { ExactBuffers } from './exact-buffers.js'
import { LevelLoad, type LevelAppend } from './level-load.js'
import { LevelStore, asBytes, codeOf, withPrefix, type LevelDb } from './level-store.js'
import { StoreNumbers, numberBytes } from './store-numbers.js'
import type { StateBatch, StateDb, StateFill, StateLoad, StateStore } from './state-db.js'

/**
 * The half of a chained batch that abstract-level has its implementations provide: bytes go straight to LevelDB. The
 * public methods in front of it resolve encodings and copy options, at four times the cost. They take the first
 * operation, because a batch of which they know nothing is not written.
 */
interface DirectBatch {
  _put(key: Uint8Array, value: Uint8Array): void
  _del(key: Uint8Array): void
}

/** What `level` leaves out of its type, because browsers have no such thing. */
interface CompactsRanges {
  compactRange(start: Uint8Array, end: Uint8Array, options: typeof asBytes): Promise<void>
}

interface NamedStore {
  readonly number: number
  /** Whether the number is in the database. */
  isKept: boolean
  /** The last batch that it was added to. */
  keptBy: ChainedBatch<LevelDb, Buffer, Buffer> | undefined
  readonly prefix: Buffer
  /** To write keys into. */
  readonly keys: ExactBuffers
  readonly store: LevelStore
}

/** Before every key: no table holds it, so that compacting it writes the memory out and no more. */
const nowhere = Buffer.of(0)

/**
 * State in an open LevelDB, perhaps beside other things: a key is `prefix`, the store's number, the key's own bytes. `batch`
 * atomicity is LevelDB's, over all of the database.
 */
export class LevelStateDb implements StateDb {
  readonly #db: LevelDb
  readonly #prefix: Buffer
  readonly #numbers: StoreNumbers
  readonly #close: (() => Promise<void>) | undefined
  readonly #fill: (stores: Iterable<string>) => Promise<StateFill | undefined>
  readonly #stores = new Map<string, NamedStore>()
  #last: NamedStore | undefined
  readonly #values = new ExactBuffers()
  readonly #append: LevelAppend = (chained, store, keys, keyStart, keyEnd, values, valueStart, valueEnd) => {
    if (store !== this.#last?.store.name) this.#last = this.#of(store)
    if (!this.#last.isKept && this.#last.keptBy !== chained) this.#keepNumbers(chained)
    const { prefix, keys: buffers } = this.#last
    // LevelDB copies both at once.
    const key = buffers.of(keyEnd - keyStart)
    copyBytes(key, prefix.length, keys, keyStart, keyEnd)
    let value: Buffer | undefined
    if (valueEnd >= 0) copyBytes((value = this.#values.of(valueEnd - valueStart)), 0, values, valueStart, valueEnd)
    if (chained.length === 0) {
      if (value === undefined) chained.del(key, asBytes)
      else chained.put(key, value, asBytes)
    } else {
      const direct = chained as unknown as DirectBatch
      if (value === undefined) direct._del(key)
      else direct._put(key, value)
    }
  }

  /** `close` is what closing this closes; nothing where the database is its maker's to close. `fill` is for one that is new, and gets the names of the stores in the order of their numbers. */
  constructor(
    db: LevelDb,
    prefix: string | Uint8Array = '',
    close?: () => Promise<void>,
    fill: (stores: Iterable<string>) => Promise<StateFill | undefined> = async () => undefined,
  ) {
    this.#db = db
    this.#prefix = Buffer.from(prefix as Uint8Array)
    this.#numbers = new StoreNumbers(db, this.#prefix)
    this.#close = close
    this.#fill = fill
  }

  store(name: string): StateStore {
    return this.#of(name).store
  }

  batch(): StateBatch {
    return new CollectedBatch()
  }

  async write(batch: StateBatch): Promise<void> {
    if (batch.length === 0) return
    try {
      const chained = this.#db.batch()
      await this.append(batch, chained)
      await chained.write()
    } catch (thrown) {
      throw writeError(thrown, this.#db.location)
    }
  }

  load(): StateLoad {
    const { location } = this.#db
    try {
      return new LevelLoad(this.#db.batch(), this.#append, thrown => writeError(thrown, location))
    } catch (thrown) {
      throw writeError(thrown, location)
    }
  }

  /**
   * Adds a batch to one of LevelDB's, for an owner who writes state and its own data in one step. Answers a promise only
   * where the batch clears a store: the keys to delete have to be read first.
   */
  append(batch: StateBatch, chained: ChainedBatch<LevelDb, Buffer, Buffer>): void | Promise<void> {
    const operations = collected(batch)
    if (operations.clears) return this.#appendClearing(operations, chained)
    operations.forEach((store, bytes, keyStart, keyEnd, valueEnd) =>
      this.#append(chained, store, bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd),
    )
  }

  async settle(): Promise<void> {
    try {
      await (this.#db as unknown as CompactsRanges).compactRange(nowhere, nowhere, asBytes)
    } catch (thrown) {
      throw writeError(thrown, this.#db.location)
    }
  }

  fill(): Promise<StateFill | undefined> {
    return this.#fill(this.#stores.keys())
  }

  async close(): Promise<void> {
    await this.#close?.()
  }

  async #appendClearing(operations: CollectedBatch, chained: ChainedBatch<LevelDb, Buffer, Buffer>): Promise<void> {
    const present = new Map<string, Buffer[]>()
    const cleared = new Set<string>()
    operations.forEach((store, _, __, keyEnd) => void (keyEnd < 0 && cleared.add(store)))
    for (const store of cleared) {
      const keys: Buffer[] = []
      for await (const [key] of this.#of(store).store.entries()) keys.push(Buffer.from(key))
      present.set(store, keys)
    }
    operations.forEach((store, bytes, keyStart, keyEnd, valueEnd) => {
      if (keyEnd < 0)
        for (const old of present.get(store)!) this.#append(chained, store, old, 0, old.length, old, -1, -1)
      else {
        this.#append(chained, store, bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd)
        if (valueEnd >= 0) present.get(store)?.push(bytes.subarray(keyStart, keyEnd))
      }
    })
  }

  /**
   * With each batch, until one of them is written: any of them may fail. The numbers of all stores together, because they lie
   * before all stores: a table of LevelDB's that holds one of them spans what lies between it and the table's other keys.
   */
  #keepNumbers(chained: ChainedBatch<LevelDb, Buffer, Buffer>): void {
    for (const named of this.#stores.values()) {
      if (named.isKept || named.keptBy === chained) continue
      const { number, store } = named
      named.isKept = this.#numbers.isKept(store.name)
      if (!named.isKept) this.#numbers.keep(store.name, number, chained)
      named.keptBy = chained
    }
  }

  #of(name: string): NamedStore {
    let found = this.#stores.get(name)
    if (found === undefined) {
      if (name === '' || name.includes('\0')) {
        throw new SluiceError('BAD_ARGUMENT', `${JSON.stringify(name)} cannot name a store`, {
          hint: 'a name is not empty and holds no zero byte',
        })
      }
      const number = this.#numbers.of(name)
      const prefix = withPrefix(this.#prefix, numberBytes(number))
      found = {
        number,
        isKept: false,
        keptBy: undefined,
        prefix,
        keys: new ExactBuffers(prefix),
        store: new LevelStore(this.#db, name, prefix),
      }
      this.#stores.set(name, found)
    }
    return found
  }
}

export function writeError(thrown: unknown, dir: string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  return codeOf(thrown) === 'LEVEL_DATABASE_NOT_OPEN'
    ? new SluiceError('NOT_RUNNING', `the state database in ${dir} is closed`, { cause: thrown })
    : new SluiceError('STATE_WRITE', `LevelDB cannot write to ${dir}: ${errorText(thrown)}`, {
        hint: 'check free space and permissions, then start again: nothing of the batch was written',
        cause: thrown,
      })
}

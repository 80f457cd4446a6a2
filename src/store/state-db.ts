/**
 * Where the state of tasks lies: named stores of sorted byte keys in one database, written in atomic batches. On Kafka
 * one per task; the embedded log is one for everything. Implementations: LevelDB and memory, under one contract suite.
 */
export interface StateDb {
  /** A store of that name; made when first written. Names may hold anything but NUL. */
  store(name: string): StateStore
  batch(): StateBatch
  /** All of the batch or nothing. */
  write(batch: StateBatch): Promise<void>
  /** A batch for a great deal of data, such as a restore has: it cannot be merged with others, and costs less. */
  load(): StateLoad
  /**
   * Puts everything written so far into files of its own. What is written next to each other lies in one file, and a file
   * is written again with those whose keys it spans: an entry far from the others is settled before and after.
   */
  settle(): Promise<void>
  /**
   * Begins to fill a database that holds nothing yet, where that can be done better than by loads into it: `undefined` where not.
   * Until the fill is opened, it goes on holding nothing.
   */
  fill(): Promise<StateFill | undefined>
  close(): Promise<void>
}

/** A database in the making. Nothing can be read of it. */
export interface StateFill {
  /** Takes much at a time: a load of some MiB. There is one at a time, and the last is written first. */
  load(): StateLoad
  /** Whether the rest had better be taken by the database that this becomes. */
  readonly isFull: boolean
  /** What was written so far lasts, also after a crash. */
  keep(): Promise<void>
  /** What was kept last, in place of the database that was filled: closing it closes both. To be called once, at the end. */
  open(): Promise<StateDb>
}

/** Committed bytes of one store. Synchronous point reads are what the hot path uses. */
export interface StateStore {
  readonly name: string
  /** `undefined` where there is none. The bytes are the caller's. */
  get(key: Uint8Array): Uint8Array | undefined
  /** One answer per key, in order. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /** Entries in byte order of the key, over a snapshot taken at the call. */
  entries(range?: StateRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
}

/** From `gte` (inclusive) to `lt` (exclusive); both open where left out. */
export interface StateRange {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly reverse?: boolean
}

/** Takes writes; the later of two for one key wins. Keys and values are copied. */
export interface StateWrites {
  put(store: string, key: Uint8Array, value: Uint8Array): void
  /** As `put`, of the key in `keys[keyStart, keyEnd)` and the value in `values[valueStart, valueEnd)`. */
  putSlices(
    store: string,
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void
  delete(store: string, key: Uint8Array): void
  deleteSlice(store: string, keys: Uint8Array, keyStart: number, keyEnd: number): void
  readonly length: number
}

/** Writes that a database does in one step. */
export interface StateBatch extends StateWrites {
  /** Forgets a whole store. */
  clear(store: string): void
}

/** Writes that go straight to where the database has them written from. */
export interface StateLoad extends StateWrites {
  /** All of it or nothing. Takes nothing more afterwards. */
  write(): Promise<void>
  /** Forgets what was not written. */
  close(): Promise<void>
}

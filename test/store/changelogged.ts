import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb, StateWrites } from '../../src/store/state-db.js'
import { WriteBehind } from '../../src/store/write-behind.js'

/** A change as a changelog keeps it. */
export interface ChangelogRecord {
  readonly key: Buffer
  readonly value: Buffer | null
  readonly timestamp: number
}

/** Commits a store as the runtime does, and answers what went to its changelog. */
export async function commit(db: StateDb, store: ManagedStore): Promise<ChangelogRecord[]> {
  await store.flush()
  const records: ChangelogRecord[] = []
  const batch = db.batch()
  store.drain((bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp) => {
    const value = valueEnd < 0 ? null : Buffer.from(bytes.subarray(valueStart, valueEnd))
    records.push({ key: Buffer.from(bytes.subarray(keyStart, keyEnd)), value, timestamp })
  }, batch)
  await db.write(batch)
  store.committed()
  return records
}

/** Brings an empty store up to date as the runtime does, a few records in each batch. */
export async function restore(
  db: StateDb,
  store: ManagedStore,
  records: readonly ChangelogRecord[],
  perBatch: number = 3,
): Promise<void> {
  const writing = new WriteBehind(db)
  for (let i = 0; i < records.length; i += perBatch) {
    for (const record of records.slice(i, i + perBatch)) restoreOne(store, record, writing.load)
    await writing.send()
  }
  await writing.end()
  await writing.close()
}

/** Gives a store one record of its changelog. */
export function restoreOne(store: ManagedStore, { key, value, timestamp }: ChangelogRecord, batch: StateWrites): void {
  const buffer = Buffer.concat([key, value ?? Buffer.alloc(0)])
  const valueEnd = value === null ? -1 : buffer.length
  store.restore({ buffer, keyStart: 0, keyEnd: key.length, valueStart: key.length, valueEnd, timestamp }, batch)
}

/** What a compacted changelog holds in the end: the latest record of each key that is no tombstone. */
export function compacted(records: readonly ChangelogRecord[]): ChangelogRecord[] {
  const latest = new Map<string, ChangelogRecord>()
  for (const record of records) {
    latest.delete(record.key.toString('latin1'))
    if (record.value !== null) latest.set(record.key.toString('latin1'), record)
  }
  return [...latest.values()]
}

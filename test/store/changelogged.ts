import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb } from '../../src/store/state-db.js'

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

/** Brings an empty store up to date, a few records in each batch. */
export async function restore(
  db: StateDb,
  store: ManagedStore,
  records: readonly ChangelogRecord[],
  perBatch: number = 3,
): Promise<void> {
  for (let i = 0; i < records.length; i += perBatch) {
    const batch = db.batch()
    for (const { key, value, timestamp } of records.slice(i, i + perBatch)) {
      store.restore(key, value, timestamp, batch)
    }
    await db.write(batch)
  }
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

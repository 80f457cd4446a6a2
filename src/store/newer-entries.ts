import type { Entries, EntryId } from './entries.js'
import type { StateRange } from './state-db.js'

/** Copies of the entries in a range that the database does not have yet, in the order of the range; null for a deletion. */
export function newerEntries(entries: Entries, range: StateRange): (readonly [Buffer, Buffer | null])[] {
  const newer: (readonly [Buffer, Buffer | null])[] = []
  for (const id of newerIn(entries, range)) {
    const bytes = entries.buffer(id)
    const [start, middle, end] = [entries.keyStart(id), entries.keyEnd(id), entries.valueEnd(id)]
    newer.push([Buffer.from(bytes.subarray(start, middle)), end < 0 ? null : Buffer.from(bytes.subarray(middle, end))])
  }
  return newer.sort(range.reverse === true ? ([a], [b]) => Buffer.compare(b, a) : ([a], [b]) => Buffer.compare(a, b))
}

/** Copies of the keys in a range that have a value which the database does not have yet, in no order. */
export function newerKeys(entries: Entries, range: StateRange): Buffer[] {
  const keys: Buffer[] = []
  for (const id of newerIn(entries, range)) {
    if (!entries.isPresent(id)) continue
    keys.push(Buffer.from(entries.buffer(id).subarray(entries.keyStart(id), entries.keyEnd(id))))
  }
  return keys
}

function* newerIn(entries: Entries, { gte, lt }: StateRange): Generator<EntryId> {
  for (const id of entries.notInDatabase()) {
    const bytes = entries.buffer(id)
    const [start, end] = [entries.keyStart(id), entries.keyEnd(id)]
    if (gte !== undefined && isBelow(bytes, start, end, gte)) continue
    if (lt === undefined || isBelow(bytes, start, end, lt)) yield id
  }
}

/** Whether the key in `bytes[start, end)` comes before another one. */
function isBelow(bytes: Buffer, start: number, end: number, other: Uint8Array): boolean {
  const length = Math.min(end - start, other.length)
  for (let i = 0; i < length; i++) if (bytes[start + i] !== other[i]) return bytes[start + i]! < other[i]!
  return end - start < other.length
}

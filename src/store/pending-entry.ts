import { RecordHeaders } from '../record.js'
import { asBuffer } from '../serde/buffer.js'
import { sized, SizedReader } from '../serde/sized.js'

/** What is kept of a record that is worked on again later. */
export interface KeptRecord {
  readonly topic: string
  readonly partition: number
  /** -1 for what came from no single record, such as a window that closed. */
  readonly offset: number
  /** Tells apart what came of one record by way of different entries. */
  readonly path: string
  readonly headers: RecordHeaders
  /** The record as it came; only where a dead-letter topic may want it. */
  readonly source: KeptSource | undefined
}

export interface KeptSource {
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/** Something that an operator has taken in and not finished, as it is written. */
export interface StoredEntry {
  /** The node that it waits at. */
  readonly operator: string
  readonly timestamp: number
  readonly record: KeptRecord
  /** How many attempts have failed. */
  readonly failures: number
  /** When the next attempt is due, in milliseconds since the epoch; 0: at once. */
  readonly due: number
  /** Of an effect. */
  readonly idempotencyKey: string | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

// Layout: the length of the head (uint32); the head, JSON; the lengths of the record's key and value as they came (int32
// each; -1: null, or not kept), and those bytes; the length of the key (int32, -1: null), the key; the value, up to the end.

type HeaderList = readonly (readonly [string, string | null])[]

interface Head {
  readonly op: string
  readonly ts: number
  readonly at: readonly [topic: string, partition: number, offset: number, path: string]
  readonly fails: number
  readonly due: number
  readonly id?: string | undefined
  readonly headers?: HeaderList | undefined
  readonly source?: readonly [timestamp: number, headers: HeaderList] | undefined
  readonly nullValue?: true | undefined
  /** The value has the bytes that the record came with: they are there once. */
  readonly sameValue?: true | undefined
}

export function writeEntry(entry: StoredEntry): Buffer {
  const { record, key, value } = entry
  const { topic, partition, offset, path, source } = record
  const isSame = value !== null && source?.value != null && Buffer.compare(value, source.value) === 0
  const head: Head = {
    op: entry.operator,
    ts: entry.timestamp,
    at: [topic, partition, offset, path],
    fails: entry.failures,
    due: entry.due,
    id: entry.idempotencyKey,
    headers: record.headers.size === 0 ? undefined : listOf(record.headers),
    source: source === undefined ? undefined : [source.timestamp, listOf(source.headers)],
    nullValue: value === null ? true : undefined,
    sameValue: isSame ? true : undefined,
  }
  return Buffer.concat([
    ...sized(Buffer.from(JSON.stringify(head))),
    ...sized(source?.key ?? null),
    ...sized(source?.value ?? null),
    ...sized(key),
    isSame || value === null ? Buffer.alloc(0) : value,
  ])
}

/** Writes what waits for nothing but its time, in a store that knows its operator. */
export function writeWaiting(entry: Pick<StoredEntry, 'timestamp' | 'record' | 'key' | 'value'>): Buffer {
  return writeEntry({ operator: '', failures: 0, due: 0, idempotencyKey: undefined, ...entry })
}

export function readEntry(bytes: Uint8Array): StoredEntry {
  const reader = new SizedReader(asBuffer(bytes))
  const head = JSON.parse(reader.take()!.toString('utf8')) as Head
  const sourceKey = reader.take()
  const sourceValue = reader.take()
  const key = reader.take()
  const [topic, partition, offset, path] = head.at
  const source =
    head.source === undefined
      ? undefined
      : { timestamp: head.source[0], headers: headersOf(head.source[1]), key: sourceKey, value: sourceValue }
  return {
    operator: head.op,
    timestamp: head.ts,
    record: { topic, partition, offset, path, headers: headersOf(head.headers), source },
    failures: head.fails,
    due: head.due,
    idempotencyKey: head.id,
    key,
    value: head.nullValue === true ? null : Buffer.from(head.sameValue === true ? sourceValue! : reader.rest),
  }
}

function listOf(headers: RecordHeaders): HeaderList {
  return Array.from(headers, ([name, value]) => [name, value === null ? null : asBuffer(value).toString('base64')])
}

function headersOf(list: HeaderList | undefined): RecordHeaders {
  if (list === undefined || list.length === 0) return RecordHeaders.none
  return RecordHeaders.from(list.map(([name, value]) => [name, value === null ? null : Buffer.from(value, 'base64')]))
}

import { BatchBuilder } from '../../src/log/batch/builder.js'
import type { Commit, Fetched, Isolation, Log, Producer, Reader, ReaderOptions } from '../../src/log/log.js'
import { SluiceError, type ErrorCode } from '../../src/errors.js'
import { RecordHeaders, type HeadersInit } from '../../src/record.js'
import { expect } from 'vitest'

/** A record as these tests write and read it. */
export interface Item {
  key?: string | null
  value: string | null
  timestamp?: number
  headers?: HeadersInit
}

export interface Read {
  topic: string
  partition: number
  offset: number
  key: string | null
  value: string | null
  timestamp: number
  headers: RecordHeaders
}

/** One batch. */
export function batch(...items: (Item | string)[]): BatchBuilder {
  const builder = new BatchBuilder()
  for (const item of items) {
    const {
      key = null,
      value,
      timestamp = 1_700_000_000_000,
      headers,
    } = typeof item === 'string' ? ({ value: item } as Item) : item
    builder.append(timestamp, bytes(key), bytes(value), RecordHeaders.from(headers))
  }
  return builder
}

/** Appends each item as a batch of its own. */
export async function produce(log: Log, topic: string, partition: number, ...items: (Item | string)[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  for (const item of items) producer.append(topic, partition, batch(item))
  await producer.flush()
  await producer.close()
}

export async function transactional(log: Log, transactionalId: string): Promise<Producer> {
  const producer = log.producer({ transactionalId })
  await producer.init()
  return producer
}

export function commit(group: string, more: Partial<Commit> = {}): Commit {
  return { group, positions: [], ...more }
}

/** A reader and the wait for what it brings; nothing here sleeps. */
export class Listener {
  readonly reader: Reader
  readonly polls: (readonly Fetched[])[] = []
  #wake: () => void = () => {}
  #ready = false

  constructor(log: Log, isolation: Isolation = 'read_committed', options: Partial<ReaderOptions> = {}) {
    this.reader = log.reader({
      ...options,
      isolation,
      onReady: () => {
        this.#ready = true
        this.#wake()
      },
    })
  }

  /** Waits for `onReady`, unless it was called since the last wait. */
  async ready(): Promise<void> {
    if (!this.#ready) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#ready = false
  }

  /** The next non-empty poll. */
  async poll(): Promise<readonly Fetched[]> {
    for (;;) {
      const fetched = this.reader.poll()
      if (fetched.length > 0) {
        this.polls.push(fetched)
        return fetched
      }
      await this.ready()
    }
  }

  /** Reads until there are `count` records at or after the offsets sought. */
  async read(count: number, from: number = 0): Promise<Read[]> {
    const records: Read[] = []
    while (records.length < count) records.push(...recordsOf(await this.poll()).filter(({ offset }) => offset >= from))
    return records
  }

  /** What polling throws. */
  async failure(): Promise<unknown> {
    try {
      for (;;) await this.poll()
    } catch (error) {
      return error
    }
  }
}

export function recordsOf(fetched: readonly Fetched[]): Read[] {
  return fetched.flatMap(({ topic, partition, batches }) =>
    batches.flatMap(one => {
      const records: Read[] = []
      const cursor = one.cursor()
      while (cursor.next()) {
        const { buffer, offset, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
        const key = keyEnd < 0 ? null : buffer.toString('utf8', keyStart, keyEnd)
        const value = valueEnd < 0 ? null : buffer.toString('utf8', valueStart, valueEnd)
        records.push({ topic, partition, offset, key, value, timestamp, headers: cursor.headers() })
      }
      return records
    }),
  )
}

/** All committed values of a partition. */
export async function valuesOf(log: Log, topic: string, partition: number): Promise<(string | null)[]> {
  const at = [{ topic, partition }]
  const [id, end] = [...(await log.endOffsets(at, 'read_committed'))][0]!
  const start = (await log.startOffsets(at)).get(id)!
  const listener = new Listener(log)
  const values: (string | null)[] = []
  listener.reader.seek(topic, partition, start)
  for (let next = start; next < end;) {
    const [fetched] = await listener.poll()
    values.push(...recordsOf([fetched!]).map(record => record.value))
    next = fetched!.next
  }
  await listener.reader.close()
  return values
}

export async function expectCode(code: ErrorCode, action: () => unknown): Promise<SluiceError> {
  let thrown: unknown
  try {
    await action()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(SluiceError)
  expect(thrown).toMatchObject({ code })
  return thrown as SluiceError
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text)
}

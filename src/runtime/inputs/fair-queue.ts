import { inspect } from 'node:util'
import { SluiceError, errorText } from '../../errors.js'
import { DoneOffsets } from '../../log/done-offsets.js'
import type { Fetched } from '../../log/log.js'
import { plain } from '../../operators/callback.js'
import type { FairShare } from '../../topology/spec.js'
import type { SourceBytes, TaskRecord } from '../current-record.js'
import type { InputQueue } from './input-queue.js'
import { decode, type PartitionQueue, type SourceReading } from './partition-queue.js'
import type { RateSlots } from './rate-slots.js'

/**
 * How many rows of records may be done ahead of the position. Written with it they take 16 bytes each at the very most;
 * a broker takes 4096 (`offset.metadata.max.bytes`).
 */
const mostRows = 250

interface Entry {
  readonly source: SourceBytes
  /** The offset after the record before it: what lies in between is nothing, and done with it. */
  readonly from: number
  readonly timestamp: number
  /** The latest time before it. */
  readonly latest: number
  key: unknown
  value: unknown
  failure: unknown
}

/** Those whose tenant is not known. */
const unknown = Symbol('unknown')

/**
 * Takes the records of a partition ahead into lanes, one for each tenant, which take turns; the records of a lane keep their
 * order. What is done ahead of the first that is not is remembered with the position. When that becomes too long to write,
 * the oldest go first, which shortens it.
 */
export class FairQueue implements InputQueue {
  readonly topic: string
  readonly partition: number
  readonly level: number
  readonly gate: RateSlots | undefined
  key: unknown
  value: unknown
  timestamp = -1
  failure: unknown
  held = false
  heard = true
  readonly #inner: PartitionQueue
  readonly #reading: SourceReading
  readonly #by: FairShare['by']
  readonly #lookAhead: number
  readonly #maxBytes: number
  /** In the order of their turns. */
  readonly #lanes = new Map<unknown, Entry[]>()
  #head: { readonly tenant: unknown; readonly entry: Entry } | undefined
  /** Of all lanes. */
  #count = 0
  #bytes = 0
  readonly #done: DoneOffsets
  /** The offset after the last record that was looked at. */
  #next: number

  /**
   * @param inner hands out all records from the position on, without a gate
   * @param ahead what is done from there on, as `DoneOffsets` writes it
   * @param maxBytes how much may wait in the lanes
   */
  constructor(
    inner: PartitionQueue,
    reading: SourceReading,
    { by, lookAhead }: FairShare,
    ahead: string,
    maxBytes: number,
    gate: RateSlots | undefined,
  ) {
    this.#inner = inner
    this.#reading = reading
    this.#by = by
    this.#lookAhead = lookAhead
    this.#maxBytes = maxBytes
    this.gate = gate
    this.topic = inner.topic
    this.partition = inner.partition
    this.level = inner.level
    this.#done = DoneOffsets.parse(inner.position, ahead)
    this.#next = inner.position
  }

  add(fetched: Fetched): void {
    this.#inner.add(fetched)
  }

  get end(): number {
    return this.#inner.end
  }

  set end(end: number) {
    this.#inner.end = end
  }

  get bytes(): number {
    return this.#inner.bytes + this.#bytes
  }

  get position(): number {
    // With nothing in the lanes all that was looked at is done, and so are the gaps behind it.
    if (this.#count === 0) this.#done.addRange(this.#done.position, this.#inner.position)
    return this.#done.position
  }

  get ahead(): string {
    return this.#done.text()
  }

  get latest(): number {
    return this.#count === 0 ? this.#inner.latest : this.#first().entry.latest
  }

  get lag(): number {
    return this.#inner.lag + this.#count
  }

  get waiting(): boolean {
    return !this.ready && (this.#head !== undefined || this.#inner.waiting)
  }

  get ready(): boolean {
    return (this.#head !== undefined || this.#choose()) && (this.gate === undefined || this.gate.open)
  }

  opensAt(since: number): number {
    return this.#head !== undefined && this.gate !== undefined ? this.gate.opensAt(since) : Number.POSITIVE_INFINITY
  }

  get oldest(): number | undefined {
    return this.#count === 0 ? this.#inner.oldest : this.#first().entry.timestamp
  }

  take(record: TaskRecord): boolean {
    record.point(this.topic, this.partition, this.#head!.entry.source)
    record.value = this.value
    return this.failure === undefined
  }

  done(): void {
    const { tenant, entry } = this.#head!
    const lane = this.#lanes.get(tenant)!
    lane.shift()
    this.#lanes.delete(tenant)
    if (lane.length > 0) this.#lanes.set(tenant, lane)
    this.#count--
    this.#bytes -= entry.source.buffer.length
    this.#done.addRange(entry.from, entry.source.offset + 1)
    this.#head = undefined
    this.gate?.take()
  }

  #choose(): boolean {
    this.#fill()
    if (this.#count === 0) return false
    const [next] = this.#lanes
    const head = this.#done.ranges < mostRows ? { tenant: next![0], entry: next![1][0]! } : this.#first()
    this.#head = head
    this.key = head.entry.key
    this.value = head.entry.value
    this.timestamp = head.entry.timestamp
    this.failure = head.entry.failure
    return true
  }

  #fill(): void {
    const inner = this.#inner
    while (this.#count < this.#lookAhead && this.#bytes < this.#maxBytes && inner.ready) {
      const { offset } = inner.head
      if (this.#done.has(offset)) this.#done.addRange(this.#next, offset)
      else this.#enter(this.#entry())
      this.#next = offset + 1
      inner.done()
    }
  }

  #entry(): Entry {
    const { timestamp, latest, failure, head } = this.#inner
    const entry: Entry = { source: copied(head), from: this.#next, timestamp, latest, key: null, value: null, failure }
    if (failure === undefined) decode(this.#reading, entry.source, entry)
    return entry
  }

  #enter(entry: Entry): void {
    const tenant = this.#tenantOf(entry)
    const lane = this.#lanes.get(tenant)
    if (lane === undefined) this.#lanes.set(tenant, [entry])
    else lane.push(entry)
    this.#count++
    this.#bytes += entry.source.buffer.length
  }

  #tenantOf(entry: Entry): unknown {
    if (entry.failure !== undefined) return unknown
    const { key, value } = entry
    try {
      return checked(plain(this.#by(value, key)))
    } catch (error) {
      // What a stream does not take fails behind the source, and says so.
      if (key === null || value === null) return unknown
      entry.failure =
        error instanceof SluiceError
          ? error
          : new SluiceError('CALLBACK', `fairBy failed: ${errorText(error)}`, {
              hint: 'mend the function, or let such records pass by: deadLetter(topic) keeps them, skip() counts them',
              cause: error,
            })
      return unknown
    }
  }

  /** The oldest record that is not done. */
  #first(): { readonly tenant: unknown; readonly entry: Entry } {
    let first: { readonly tenant: unknown; readonly entry: Entry } | undefined
    for (const [tenant, [entry]] of this.#lanes) {
      if (first === undefined || entry!.source.offset < first.entry.source.offset) first = { tenant, entry: entry! }
    }
    return first!
  }
}

/** An object equals no other: each record would be a tenant of its own, and the order of tenants would be lost. */
function checked(tenant: unknown): unknown {
  if (tenant === null || (typeof tenant !== 'object' && typeof tenant !== 'function')) return tenant
  throw new SluiceError('CALLBACK', `fairBy answered ${inspect(tenant, { depth: 0 })}, which equals no other`, {
    hint: 'answer what is equal for the same tenant: a text, a number, a bigint or a boolean',
  })
}

/** Its own bytes: a batch is as large as it is, however few of its records wait. */
function copied(head: SourceBytes): SourceBytes {
  const { offset, timestamp, keyStart: start, keyEnd, valueStart, valueEnd } = head
  const buffer = Buffer.from(head.buffer.subarray(start, valueEnd < 0 ? valueStart : valueEnd))
  const headers = head.headers()
  return {
    buffer,
    offset,
    timestamp,
    keyStart: 0,
    keyEnd: keyEnd < 0 ? -1 : keyEnd - start,
    valueStart: valueStart - start,
    valueEnd: valueEnd < 0 ? -1 : valueEnd - start,
    headers: () => headers,
  }
}

import { SluiceError } from '../../errors.js'
import { partitionId } from '../../record.js'
import { soon } from '../../time.js'
import type { RecordBatch } from '../batch/batch.js'
import type { Fetched, Reader, ReaderOptions } from '../log.js'
import { heldAhead, partitionShare, type HeldAhead } from '../held-ahead.js'
import { outOfRange } from '../out-of-range.js'
import type { LocalPartition } from './topic.js'

/** What a reader needs of its log. */
export interface ReaderHost {
  /** @throws SluiceError UNKNOWN_TOPIC */
  partition(topic: string, partition: number): LocalPartition
  /** Batches from `from` on; at once where they are in memory. */
  read(
    partition: LocalPartition,
    from: number,
    maxBytes: number,
    aligned: boolean,
  ): RecordBatch[] | Promise<RecordBatch[]>
  closed(reader: LocalReader): void
}

/** One partition that is read. A seek makes a new one, so that what still arrives for the old one finds no taker. */
interface Place {
  readonly topic: string
  readonly index: number
  partition: LocalPartition | undefined
  /** The next offset to fetch. */
  next: number
  aligned: boolean
  batches: RecordBatch[]
  bytes: number
  fetching: boolean
  held: boolean
  failure: Error | undefined
  /** Stops watching the partition. */
  unwatch: () => void
}

/**
 * Fetches ahead from memory or disk. The bounds hold between fetches; a partition without anything may always fetch one
 * batch, so that one partition's hold never starves another.
 */
export class LocalReader implements Reader {
  readonly #host: ReaderHost
  readonly #most: HeldAhead
  readonly #onReady: () => void
  readonly #places = new Map<string, Place>()
  #bytes = 0
  #told = false
  #closed = false
  readonly #fetches = new Set<Promise<void>>()

  constructor(host: ReaderHost, options: ReaderOptions) {
    this.#host = host
    this.#most = heldAhead(options)
    this.#onReady = options.onReady
  }

  seek(topic: string, partition: number, offset: number): void {
    const held = this.#places.get(partitionId(topic, partition))?.held ?? false
    this.drop(topic, partition)
    const place: Place = {
      topic,
      index: partition,
      partition: undefined,
      next: offset,
      aligned: false,
      batches: [],
      bytes: 0,
      fetching: false,
      held,
      failure: undefined,
      unwatch: () => {},
    }
    this.#places.set(partitionId(topic, partition), place)
    try {
      const found = this.#host.partition(topic, partition)
      place.partition = found
      const wake = (): void => this.#fetch(place)
      found.watchers.add(wake)
      place.unwatch = () => found.watchers.delete(wake)
    } catch (error) {
      this.#fail(place, error)
    }
    this.#fetch(place)
  }

  drop(topic: string, partition: number): void {
    const id = partitionId(topic, partition)
    const place = this.#places.get(id)
    if (place === undefined) return
    place.unwatch()
    this.#bytes -= place.bytes
    this.#places.delete(id)
  }

  poll(): readonly Fetched[] {
    this.#told = false
    const fetched: Fetched[] = []
    for (const place of this.#places.values()) {
      if (place.failure !== undefined && place.batches.length === 0) {
        // What others have stays for the next poll: an error must not take their records along.
        if (fetched.length > 0) {
          this.#tell()
          break
        }
        this.drop(place.topic, place.index)
        throw place.failure
      }
      if (place.held || place.batches.length === 0) continue
      const { topic, index: partition, batches, next } = place
      fetched.push({ topic, partition, batches, next, end: place.partition!.end })
      this.#bytes -= place.bytes
      place.batches = []
      place.bytes = 0
    }
    for (const place of this.#places.values()) this.#fetch(place)
    return fetched
  }

  hold(topic: string, partition: number, held: boolean): void {
    const place = this.#places.get(partitionId(topic, partition))
    if (place === undefined || place.held === held) return
    place.held = held
    if (!held && place.batches.length > 0) this.#tell()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { topic, index } of [...this.#places.values()]) this.drop(topic, index)
    this.#host.closed(this)
    await Promise.all(this.#fetches)
  }

  #fetch(place: Place): void {
    while (!this.#closed && !place.fetching && place.failure === undefined && !this.#gone(place)) {
      const { partition, next } = place
      if (partition === undefined || this.#outOfRange(place, partition) || next === partition.end) return
      const share = partitionShare(this.#most, this.#places.size)
      const room = Math.min(share - place.bytes, this.#most.maxBytes - this.#bytes)
      if (room <= 0 && place.batches.length > 0) return
      let read: ReturnType<ReaderHost['read']>
      try {
        read = this.#host.read(partition, next, Math.max(0, room), place.aligned)
      } catch (error) {
        return this.#fail(place, error)
      }
      if (read instanceof Promise) return this.#await(place, read)
      if (!this.#take(place, read)) return
    }
  }

  #await(place: Place, read: Promise<RecordBatch[]>): void {
    place.fetching = true
    const fetch = read
      .then(
        batches => {
          place.fetching = false
          if (this.#take(place, batches)) this.#fetch(place)
        },
        error => {
          place.fetching = false
          this.#fail(place, error)
        },
      )
      .finally(() => this.#fetches.delete(fetch))
    this.#fetches.add(fetch)
  }

  /** Answers whether to go on. Nothing read below the end happens where the start moved meanwhile: then the next fetch tells. */
  #take(place: Place, batches: readonly RecordBatch[]): boolean {
    if (this.#gone(place)) return false
    const last = batches.at(-1)
    if (last === undefined) return place.next < (place.partition?.start ?? 0)
    for (const batch of batches) {
      place.batches.push(batch)
      place.bytes += batch.bytes
      this.#bytes += batch.bytes
    }
    place.next = last.lastOffset + 1
    place.aligned = true
    this.#tell()
    return true
  }

  #outOfRange(place: Place, partition: LocalPartition): boolean {
    const { topic, index, next } = place
    if (partition.topic.deleted) {
      this.#fail(place, new SluiceError('UNKNOWN_TOPIC', `topic "${topic}" was deleted`, { place: { topic } }))
      return true
    }
    if (next >= partition.start && next <= partition.end) return false
    const range = `${partition.start} to ${partition.end}`
    const at = { topic, partition: index, offset: next }
    this.#fail(place, outOfRange(`offset ${next} is not there; the partition holds ${range}`, at))
    return true
  }

  #fail(place: Place, error: unknown): void {
    if (this.#gone(place)) return
    place.failure = error instanceof Error ? error : new Error(String(error))
    this.#tell()
  }

  #gone(place: Place): boolean {
    return this.#places.get(partitionId(place.topic, place.index)) !== place
  }

  #tell(): void {
    if (this.#told || this.#closed) return
    this.#told = true
    soon(() => {
      if (!this.#closed) this.#onReady()
    })
  }
}

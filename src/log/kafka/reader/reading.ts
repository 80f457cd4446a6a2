import type { RecordBatch } from '../../batch/batch.js'
import type { Fetched } from '../../log.js'
import { Backoff, type BackoffOptions } from '../connection/backoff.js'
import type { Scanned } from './committed.js'

/** A partition's part of an answer is never asked to be larger than this, in bytes. */
const maxWish = 16 * 1024 * 1024

/** A partition that is read: its position, and what was fetched ahead. */
export class Reading {
  readonly topic: string
  readonly partition: number
  /** The next offset to fetch. */
  position: number
  held = false
  /** Part of a request that is on its way. */
  inFlight = false
  /** Left alone for a while after a failure. */
  resting = false
  /** Stopped by an error, until the next `seek`. */
  stopped = false
  /** There is probably something to fetch at once: it was just sought, or its last fetch brought something. */
  fresh = true
  /** Bytes fetched ahead. */
  bytes = 0
  /** Answers in a row by which the broker could not read what it stores. */
  corrupt = 0
  /** When the last answer came, or the reading began, by `performance.now()`. */
  answered: number = performance.now()
  /** More than once where a batch was larger than what was asked for. */
  #times = 1
  #batches: RecordBatch[] = []
  #end = -1
  #told: { next: number; end: number } | undefined
  #backoff: Backoff | undefined
  #heldBack: { readonly at: number; readonly since: number } | undefined

  constructor(topic: string, partition: number, offset: number) {
    this.topic = topic
    this.partition = partition
    this.position = offset
  }

  /** Whether there is nothing to do for it now. */
  get idle(): boolean {
    return this.inFlight || this.resting || this.stopped
  }

  /** Bytes to ask for, where it may hold `most` ahead. */
  wish(most: number): number {
    return Math.max(1, Math.max(most, Math.min(most * this.#times, maxWish)) - this.bytes)
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#backoff?.attempts ?? 0
  }

  /** One more failure; answers the wait in milliseconds. */
  failed(options: BackoffOptions): number {
    return (this.#backoff ??= new Backoff(options)).delay()
  }

  /** Takes an answer; `some`: it held bytes. Whether there is something new to hand out. */
  add({ batches, bytes, next }: Scanned, end: number, some: boolean): boolean {
    // Bytes without one whole batch: the batch is larger than what was asked for.
    const tooSmall = some && next === this.position
    this.#times = tooSmall ? this.#times * 2 : 1
    for (const batch of batches) this.#batches.push(batch)
    this.bytes += bytes
    this.position = next
    this.fresh = some
    this.answered = performance.now()
    this.#end = end
    this.#backoff?.succeeded()
    return this.ready
  }

  /** What lies behind `at` cannot be read yet. Answers since when that is so, by `performance.now()`. */
  heldBack(at: number | undefined): number {
    const now = performance.now()
    if (at === undefined) this.#heldBack = undefined
    else if (this.#heldBack?.at !== at) this.#heldBack = { at, since: now }
    return this.#heldBack?.since ?? now
  }

  /** Whether there is something that the owner does not know yet. */
  get ready(): boolean {
    if (this.held || this.#end < 0) return false
    return this.#batches.length > 0 || this.#told?.next !== this.position || this.#told.end !== this.#end
  }

  /** Hands out what there is. */
  take(): Fetched {
    const { topic, partition, position: next } = this
    const batches = this.#batches
    const end = this.#end
    this.#batches = []
    this.bytes = 0
    this.fresh = true
    this.#told = { next, end }
    return { topic, partition, batches, next, end }
  }
}

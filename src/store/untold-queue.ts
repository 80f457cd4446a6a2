import { IdQueue } from './id-queue.js'
import { warmedAtOnce } from './segments.js'
import { ToldValues } from './told-values.js'

/** Whose entries they are: each knows its latest place. */
export interface QueueOwner {
  placeOf(id: number): number
  setPlace(id: number, place: number): void
  /** Has the processor load the entries `ids[first, end)`, which are asked for their places next. */
  warm(ids: ArrayLike<number>, first: number, end: number): void
}

/** So many places out of date cost less than to tidy them away. */
const leastTidied = 1_024

/**
 * The entries that a listener has to hear of, in the order of their latest changes (as Kafka Streams' `NamedCache`): what
 * closes a window is told behind all that went into it. An entry gets a new place with each change; its former ones stay,
 * out of date, and are passed over. Until its latest place is reached it is untold, and so in memory.
 */
export class UntoldQueue {
  /** How many entries it is of. */
  entries = 0
  /** What the listener heard last of them. */
  readonly told: ToldValues = new ToldValues()
  readonly #owner: QueueOwner
  readonly #queue = new IdQueue()
  #next = 0

  constructor(owner: QueueOwner) {
    this.#owner = owner
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /** An entry that is counted in `entries` has changed. */
  push(id: number): void {
    this.#owner.setPlace(id, this.#queue.push(id))
    if (this.#queue.length - this.#next > this.entries * 2 + leastTidied) this.#tidy()
  }

  /** The next entry to be told; -1 when there is none. */
  next(): number {
    const queue = this.#queue
    while (this.#next < queue.length) {
      const place = this.#next++
      if (place % warmedAtOnce === 0) this.#owner.warm(queue.ids, place, Math.min(place + warmedAtOnce, queue.length))
      const id = queue.ids[place]!
      if (this.#owner.placeOf(id) === place) return id
    }
    if (this.#next > 0) {
      queue.clear()
      this.#next = 0
      this.told.clear()
    }
    return -1
  }

  clear(): void {
    this.#queue.clear()
    this.#next = 0
    this.entries = 0
    this.told.clear()
  }

  /** Forgets the places that are out of date: a few keys that change all the time would fill the memory with them. */
  #tidy(): void {
    const { ids, length } = this.#queue
    const first = this.#next
    this.#queue.length = 0
    this.#next = 0
    for (let place = first; place < length; place++) {
      const id = ids[place]!
      if (this.#owner.placeOf(id) === place) this.#owner.setPlace(id, this.#queue.push(id))
    }
  }
}

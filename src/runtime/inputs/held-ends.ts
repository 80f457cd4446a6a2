import type { Log } from '../../log/log.js'
import { partitionId } from '../../record.js'
import { steadyTime, type Clock } from '../../time.js'
import type { InputQueue } from './input-queue.js'

/** How often the ends of held partitions are asked for, in milliseconds. */
const askAgain = 1_000

/** Nothing is heard of a partition that is held: its end is asked for, so that its lag goes on showing. */
export class HeldEnds {
  readonly #log: Log
  readonly #clock: Clock
  readonly #learned: () => void
  #asked: number = Number.NEGATIVE_INFINITY
  #asking = false

  /** @param learned there is something new to show */
  constructor(log: Log, clock: Clock, learned: () => void) {
    this.#log = log
    this.#clock = clock
    this.#learned = learned
  }

  /** Asks if it is time. Answers when to look again, by the steady time; infinity where nothing is held. */
  look(queues: readonly InputQueue[]): number {
    const held = queues.filter(queue => queue.held)
    if (held.length === 0) return Number.POSITIVE_INFINITY
    const now = steadyTime(this.#clock)
    if (now >= this.#asked + askAgain && !this.#asking) {
      this.#asked = now
      void this.#ask(held)
    }
    return this.#asking ? Number.POSITIVE_INFINITY : this.#asked + askAgain
  }

  async #ask(held: readonly InputQueue[]): Promise<void> {
    this.#asking = true
    try {
      const ends = await this.#log.endOffsets(held, 'read_committed')
      for (const queue of held)
        queue.end = Math.max(queue.end, ends.get(partitionId(queue.topic, queue.partition)) ?? 0)
    } catch {
      // Whatever it is, the reader will meet it too, and tell.
    }
    this.#asking = false
    this.#learned()
  }
}

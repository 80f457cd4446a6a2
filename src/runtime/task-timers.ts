import type { Wait } from '../operators/suspend.js'
import { Punctuations } from './punctuation.js'

type Call = (time: number) => Wait

/** The timers of a task's operators, each called by the time that it goes by. */
export class TaskTimers {
  /** When the first timer of the stream is due: compared after each record. */
  nextOfStream: number = Number.POSITIVE_INFINITY
  readonly #ofStream: Punctuations
  /** By the steady time: durations. */
  readonly #steady: Punctuations
  /** By the wall clock: those that bring records in. */
  readonly #arrivals: Punctuations

  /** @param before called ahead of each call */
  constructor(before: () => void) {
    this.#ofStream = new Punctuations(before)
    this.#steady = new Punctuations(before)
    this.#arrivals = new Punctuations(before)
  }

  /** Calls back for the first time as soon as stream time is looked at. Answers what cancels. */
  everyOfStream(interval: number, call: Call): () => void {
    const cancel = this.#ofStream.add(0, interval, call)
    this.nextOfStream = this.#ofStream.next
    return cancel
  }

  /** By the steady time. Answers what cancels. */
  every(first: number, interval: number, call: Call): () => void {
    return this.#steady.add(first, interval, call)
  }

  /** Once, by the steady time. Answers what cancels. */
  at(time: number, call: Call): () => void {
    return this.#steady.once(time, call)
  }

  /** Once, by the wall clock, when the task takes records in. Answers what cancels. */
  whenRoom(time: number, call: Call): () => void {
    return this.#arrivals.once(time, call)
  }

  /** The milliseconds until the next timer may be called, 0 and less where one is due; infinity when there is none. */
  dueIn(now: number, steady: number, isFull: boolean): number {
    const arrival = isFull ? Number.POSITIVE_INFINITY : this.#arrivals.next
    return Math.min(this.#steady.next - steady, arrival - now)
  }

  fireSteady(steady: number): Wait {
    return this.#steady.fire(steady)
  }

  fireArrivals(now: number): Wait {
    return this.#arrivals.fire(now)
  }

  fireOfStream(time: number): Wait {
    if (time < this.nextOfStream) return undefined
    const fired = this.#ofStream.fire(time)
    if (fired !== undefined) return fired.then(() => void (this.nextOfStream = this.#ofStream.next))
    this.nextOfStream = this.#ofStream.next
    return undefined
  }
}

import type { PendingWork } from '../operators/operator.js'
import { inOrder, type Wait } from '../operators/suspend.js'

/** What waits in the operators of a task, and what came in from outside for them. */
export class Pending {
  readonly #works: PendingWork[] = []
  readonly #onRelease: (() => Wait)[] = []
  readonly #wake: () => void
  #soon: (() => Wait)[] = []
  #closed = false
  /** The lowest that time was held at since the operators were last told that it may go on. */
  #held = Number.POSITIVE_INFINITY

  /** @param wake called when there is something for `run` */
  constructor(wake: () => void) {
    this.#wake = wake
  }

  add(work: PendingWork): void {
    this.#works.push(work)
  }

  onRelease(call: () => Wait): void {
    this.#onRelease.push(call)
  }

  soon(call: () => Wait): void {
    if (this.#closed) return
    this.#soon.push(call)
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#soon = []
  }

  /** Whether any operator of the task may have something waiting. */
  get possible(): boolean {
    return this.#works.length > 0
  }

  /** Whether there is something to run, or to release. */
  get ready(): boolean {
    return this.#soon.length > 0 || this.released
  }

  /** Whether time was held, and may go on: the operators have not been told. */
  get released(): boolean {
    return this.#works.length > 0 && this.hold > this.#held
  }

  /** Whether `release` has somebody to tell. */
  get tells(): boolean {
    return this.#onRelease.length > 0 && this.released
  }

  get entries(): number {
    return this.#works.reduce((sum, { entries }) => sum + entries, 0)
  }

  /** Those that run, and those that are about to begin or have ended and were not taken in yet. */
  get calls(): number {
    return this.#works.reduce((sum, { calls }) => sum + calls, this.#soon.length)
  }

  /** How far stream time may go. */
  get hold(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const work of this.#works) if (work.oldest < oldest) oldest = work.oldest
    if (oldest < this.#held) this.#held = oldest
    return oldest
  }

  /** Why the task takes in no records, if it does not. */
  get full(): string | undefined {
    for (const { full } of this.#works) if (full !== undefined) return full
    return undefined
  }

  /** Runs what came in so far. Answers how many calls that were; a promise where one of them suspends. */
  run(): number | Promise<number> {
    const calls = this.#soon
    this.#soon = []
    const wait = inOrder(calls, call => (this.#closed ? undefined : call()))
    return wait === undefined ? calls.length : wait.then(() => calls.length)
  }

  /** Tells the operators when stream time may go on. `hold` is what it is held at now. */
  release(hold: number): Wait {
    if (hold <= this.#held) return undefined
    this.#held = hold
    return inOrder(this.#onRelease, call => call())
  }
}

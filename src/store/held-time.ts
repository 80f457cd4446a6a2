import type { RememberedNumber } from './remembered-number.js'

/** What holds stream time back. */
export interface Holding {
  /** How far it may go while older records are pending; infinity while there are none. */
  readonly hold: number
}

const nothing: Holding = { hold: Number.POSITIVE_INFINITY }

/**
 * The time that a store forgets by: the largest that was observed. Where records are pending, others go ahead of them; it
 * waits then, and follows from one pending record to the next when that has passed. Up to there it stands where it was: what
 * waits for stream time further down has not come to the oldest pending record either. It never goes back.
 */
export class HeldTime {
  readonly #time: RememberedNumber
  /** How far behind what is pending it stays, in milliseconds. */
  readonly #behind: number
  #holding: Holding = nothing
  /** What it was held at when it was last asked to go on. */
  #hold = Number.POSITIVE_INFINITY
  /** What it was held at before, and may go up to. */
  #passed = -1

  constructor(time: RememberedNumber, behind: number = 0) {
    this.#time = time
    this.#behind = behind
  }

  /** Milliseconds since the epoch; -1 before the first. */
  get value(): number {
    return this.#time.value
  }

  heldBy(holding: Holding): void {
    this.#holding = holding
  }

  /** Goes on to what was observed, as far as it may. */
  goOn(observed: number): void {
    const { hold } = this.#holding
    if (hold !== this.#hold) {
      this.#passed = this.#hold === Number.POSITIVE_INFINITY ? -1 : this.#hold
      this.#hold = hold
    }
    const may = hold === Number.POSITIVE_INFINITY ? hold : Math.min(hold, this.#passed) - this.#behind
    const time = Math.min(observed, may)
    if (time > this.value) this.#time.value = time
  }

  /** Takes back how far it went. */
  backTo(value: number): void {
    this.#time.value = value
  }

  save(): void {
    this.#time.save()
  }

  /** Back to what was committed. */
  forget(): void {
    this.#time.forget()
    this.#hold = Number.POSITIVE_INFINITY
  }
}

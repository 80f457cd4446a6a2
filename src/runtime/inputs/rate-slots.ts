/** Milliseconds in which a slot may be used, at least. */
const share = 100
/** Milliseconds: less than a clock tells, more than rounding amounts to. */
const tiny = 0.01

/**
 * A partition's share of a rate. Slots lie on the clock, evenly since the epoch, and belong to the partitions by turns; each
 * is for one record, and lost to all where it is not used within a tenth of a second, or by the time of the next partition's.
 * So all partitions together keep to the rate at every moment, wherever they are worked on: nobody has to know of the
 * others, nor of what was taken before a start, since what comes before that is not used.
 */
export class RateSlots {
  readonly #perMillisecond: number
  readonly #lasts: number
  readonly #partition: number
  readonly #now: () => number
  readonly #size: () => number
  #partitions = 0
  #at = Number.POSITIVE_INFINITY
  /** The number of the last slot that was used, or lost. */
  #used = 0

  /**
   * @param perSecond of all partitions, above 0
   * @param size how many partitions there are at present
   */
  constructor(perSecond: number, partition: number, size: () => number, now: () => number) {
    this.#perMillisecond = perSecond / 1_000
    this.#lasts = Math.max(share, 1 / this.#perMillisecond)
    this.#partition = partition
    this.#size = size
    this.#now = now
    this.#look()
  }

  /** Whether one may go now. */
  get open(): boolean {
    return this.#look() > this.#used
  }

  /**
   * When the next one may go, in milliseconds since the epoch, if none goes before. Infinity where it may already, and might
   * have gone at `since`: whoever looked then does not wait for the rate.
   */
  opensAt(since: number): number {
    const { open } = this
    const slot = ((this.#used + 1) * this.#partitions + this.#partition) / this.#perMillisecond
    const at = Math.ceil(slot - tiny)
    if (open) return at > since ? at : Number.POSITIVE_INFINITY
    return Math.max(this.#at + 1, at)
  }

  /** One goes. */
  take(): void {
    this.#used++
  }

  /** Answers the number of the latest slot. */
  #look(): number {
    const now = this.#now()
    const partitions = this.#size()
    // As at a start: slots of a clock that was set back, or of a topic that grew, may have been used already.
    const isNew = now < this.#at || partitions !== this.#partitions
    this.#at = now
    this.#partitions = partitions
    const latest = this.#before(now)
    this.#used = isNew ? latest : Math.max(this.#used, this.#before(now - this.#lasts))
    return latest
  }

  /** The number of the partition's latest slot at a time. */
  #before(time: number): number {
    return Math.floor(((time + tiny) * this.#perMillisecond - this.#partition) / this.#partitions)
  }
}

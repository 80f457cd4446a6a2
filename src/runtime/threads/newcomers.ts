import type { Clock } from '../../time.js'
import type { Thread } from './thread.js'

/** How long a newcomer has for being let in without help, and between two nudges, in milliseconds. */
const patience = 100

/**
 * A thread that joins the group waits until the others have noticed, by their next heartbeat seconds later. Those of this
 * process are told at once. Only a thread's first join counts: after that, joining would never end.
 */
export class Newcomers {
  readonly #clock: Clock
  readonly #known = new Set<Thread>()
  readonly #timers = new Map<Thread, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes in what a thread does now. */
  look(thread: Thread): void {
    const { state } = thread.figures
    if (this.#known.has(thread) || state === 'starting') return
    if (state === 'rebalancing') this.#wait(thread)
    else this.#admit(thread)
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  #wait(thread: Thread): void {
    if (this.#timers.has(thread)) return
    const nudge = (): void => {
      for (const known of this.#known) if (known.figures.state !== 'rebalancing') known.tell({ kind: 'rejoin' })
      this.#timers.set(thread, this.#clock.after(5 * patience, nudge))
    }
    this.#timers.set(thread, this.#clock.after(patience, nudge))
  }

  #admit(thread: Thread): void {
    this.#known.add(thread)
    this.#timers.get(thread)?.()
    this.#timers.delete(thread)
  }
}

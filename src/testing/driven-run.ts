import type { Instance } from '../runtime/instance.js'
import { rateHolds } from '../runtime/inputs/input-status.js'
import type { TopologySpec } from '../topology/spec.js'
import type { ManualClock } from './manual-clock.js'

/** The run of a pipeline in a test: one instance after the other, as restarts replace them. */
export class DrivenRun {
  /** The one of now. */
  instance: Instance
  /** Whether operators make calls that come to their end outside. */
  readonly #calls: boolean
  readonly #clock: ManualClock
  readonly #begin: () => Promise<Instance>
  /** Restarts take turns: records that are sent side by side may ask for several. */
  #restarts: Promise<unknown> = Promise.resolve()
  /** While an instance is closed and the next one begins. */
  #replacing: Promise<void> | undefined
  #closed = false
  /** What was counted before the last restart. */
  #counted: Readonly<Record<string, number>> = {}

  /** @param begin starts an instance on the same log and clock */
  constructor(spec: TopologySpec, clock: ManualClock, begin: () => Promise<Instance>, first: Instance) {
    this.#calls = spec.stores.some(({ kind }) => kind === 'pending')
    this.#clock = clock
    this.#begin = begin
    this.instance = first
  }

  /** What all of them have counted. */
  get counters(): Readonly<Record<string, number>> {
    const counters = { ...this.#counted }
    for (const [what, n] of Object.entries(this.instance.status.counters)) counters[what] = (counters[what] ?? 0) + n
    return counters
  }

  /** @param away how many milliseconds nothing runs in between */
  async restart(away: number): Promise<void> {
    const restarted = this.#restarts.then(async () => {
      await this.settle()
      if (this.#closed) return
      this.#replacing = this.#replace(away)
      await this.#replacing
      await this.settle()
    })
    this.#restarts = restarted.catch(() => {})
    await restarted
  }

  /** Waits until everything that went in is processed, and every timer that is due was called. @throws what stopped the pipeline */
  async settle(): Promise<void> {
    let instance: Instance
    do {
      await this.#replacing
      instance = this.instance
      try {
        await this.#settled(instance)
      } catch (error) {
        // One that a restart has closed meanwhile does not answer; the next one does.
        await this.#replacing
        if (instance === this.instance) throw error
      }
      await this.#replacing
    } while (instance !== this.instance)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#replacing?.catch(() => {})
    await this.instance.close()
  }

  async #replace(away: number): Promise<void> {
    await this.instance.close()
    const counted = this.counters
    this.#clock.moveTo(this.#clock.now() + away)
    this.instance = await this.#begin()
    this.#counted = counted
  }

  async #settled(instance: Instance): Promise<void> {
    let before: number
    do {
      before = instance.status.records
      await instance.idle()
      // What a rate holds back waits for the clock, which stands still.
      if (instance.status.inputs.every(({ paused }) => paused !== rateHolds)) await instance.processed()
      // A call that came to its end meanwhile may have caused more.
    } while (this.#calls && instance.status.records !== before)
  }
}

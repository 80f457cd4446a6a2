import type { OperatorContext } from '../operator.js'
import type { Wait } from '../suspend.js'

/** The one timer of an operator that waits for many times: it rings at the earliest that it was set to. */
export class Alarm {
  readonly #context: OperatorContext
  readonly #ring: (steady: number) => Wait
  #set: { readonly at: number; readonly cancel: () => void } | undefined

  /** @param ring sets the alarm again where something is left to wait for */
  constructor(context: OperatorContext, ring: (steady: number) => Wait) {
    this.#context = context
    this.#ring = ring
  }

  /** Rings when the steady time has reached `time`; infinity: not for this. */
  at(time: number): void {
    if (time === Number.POSITIVE_INFINITY || (this.#set !== undefined && this.#set.at <= time)) return
    this.stop()
    const cancel = this.#context.at(time, steady => {
      this.#set = undefined
      return this.#ring(steady)
    })
    this.#set = { at: time, cancel }
  }

  stop(): void {
    this.#set?.cancel()
    this.#set = undefined
  }
}

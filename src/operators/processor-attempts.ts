import type { RecordHeaders } from '../record.js'
import type { Undo } from '../store/key-value.js'
import type { Process } from './operator.js'
import { ProcessorCalls, type Phase } from './processor-calls.js'
import { inOrder, type Wait } from './suspend.js'

interface Forwarded {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly headers: RecordHeaders | undefined
  readonly output: Process | undefined
}

/**
 * The calls of a processor whose records are tried again: an attempt counts as a whole or not at all. What it forwards goes
 * on when it has succeeded; when it has failed that is dropped, and the stores have again what they had before. Timers are
 * not tried again, so what they do counts at once.
 */
export class ProcessorAttempts extends ProcessorCalls {
  override readonly undos: Undo[] = []
  #forwarded: Forwarded[] = []

  override begin(phase: Phase, key: unknown, timestamp: number): void {
    super.begin(phase, key, timestamp)
    this.undos.length = 0
    this.#forwarded = []
  }

  override finish(thrown: { readonly error: unknown } | undefined, key: unknown, value: unknown): Wait {
    if (thrown === undefined) {
      const wait = this.#goOn()
      return wait === undefined
        ? super.finish(undefined, key, value)
        : wait.then(() => super.finish(undefined, key, value))
    }
    if (this.phase === 'record') for (const undo of this.undos.toReversed()) undo()
    return super.finish(thrown, key, value)
  }

  protected override send(
    key: unknown,
    value: unknown,
    timestamp: number,
    headers: RecordHeaders | undefined,
    output: Process | undefined,
  ): Wait {
    if (this.phase !== 'record') return super.send(key, value, timestamp, headers, output)
    this.#forwarded.push({ key, value, timestamp, headers, output })
  }

  #goOn(): Wait {
    try {
      const wait = inOrder(this.#forwarded, ({ key, value, timestamp, headers, output }) =>
        super.send(key, value, timestamp, headers, output),
      )
      // Who has thrown is known to `finish`.
      return wait?.catch(() => undefined)
    } catch {
      return undefined
    }
  }
}

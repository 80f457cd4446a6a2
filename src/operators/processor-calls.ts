import { SluiceError, valueText } from '../errors.js'
import { RecordHeaders } from '../record.js'
import type { Undo } from '../store/key-value.js'
import { timeForm, wholeTime } from '../time.js'
import type { OperatorContext, Process } from './operator.js'
import type { ForwardOptions } from './processor.js'
import { inOrder, type Wait } from './suspend.js'
import { withHeaders } from './with-headers.js'

/** What the processor is called for at the moment. */
export type Phase = 'nothing' | 'init' | 'record' | 'timer'

/** The calls of one processor, one at a time, and what it forwards during each. */
export class ProcessorCalls {
  phase: Phase = 'nothing'
  /** The key of the record at hand. */
  key: unknown
  /** The time of the record at hand, or that of the timer. */
  timestamp = -1
  /** Takes in how each write is undone, in the order of the writes; none where writes stay. */
  readonly undos: Undo[] | undefined = undefined
  readonly #context: OperatorContext
  readonly #names: readonly string[]
  readonly #outputs: readonly Process[]
  readonly #line: string | undefined
  readonly #sweeps: (() => Wait)[] = []
  /** What was forwarded and is not done, if something suspended. */
  #tail: Promise<void> | undefined
  /** What an operator further down threw: it is not the processor's to catch. */
  #downstream: { readonly error: unknown } | undefined

  constructor(
    outputs: readonly Process[],
    context: OperatorContext,
    options: { readonly outputs: readonly string[]; readonly line: string | undefined },
  ) {
    this.#outputs = outputs
    this.#names = options.outputs
    this.#line = options.line
    this.#context = context
  }

  /** Called after each record and timer. */
  sweep(call: () => Wait): void {
    this.#sweeps.push(call)
  }

  init(call: () => Wait): Wait {
    this.begin('init', undefined, Math.max(0, this.#context.streamTime()))
    const wait = call()
    if (!isPromise(wait)) return this.#end()
    return wait.finally(() => this.#end())
  }

  timer(now: number, call: () => Wait): Wait {
    this.begin('timer', undefined, now)
    let wait: Wait
    try {
      wait = call()
    } catch (error) {
      return this.finish({ error }, null, null)
    }
    return this.settle(wait, null, null)
  }

  /** The processor has been called and answered; what it forwarded may not be done. */
  settle(wait: Wait, key: unknown, value: unknown): Wait {
    // A function may well answer something that nobody asked for.
    if (!isPromise(wait)) return this.finish(undefined, key, value)
    return wait.then(
      () => this.finish(undefined, key, value),
      (error: unknown) => this.finish({ error }, key, value),
    )
  }

  finish(thrown: { readonly error: unknown } | undefined, key: unknown, value: unknown): Wait {
    if (this.#tail === undefined) return this.#conclude(thrown, key, value)
    return this.#tail.then(
      () => this.#conclude(thrown, key, value),
      () => this.#conclude(thrown, key, value),
    )
  }

  /** The timestamp of what is written now. @throws SluiceError CALLBACK when nothing is being processed */
  readonly time = (): number => {
    if (this.phase === 'nothing') throw this.#outside('a store was written')
    return this.timestamp
  }

  forward(key: unknown, value: unknown, options: ForwardOptions | undefined): Wait {
    if (this.phase !== 'record' && this.phase !== 'timer') throw this.#outside('forward() was called')
    if (key === undefined || value === undefined) throw this.#undefined(key === undefined ? 'key' : 'value')
    const timestamp = wholeTime(options?.timestamp ?? this.timestamp)
    if (timestamp === undefined) throw this.#badTime(options?.timestamp)
    const output = options?.to === undefined ? undefined : this.#output(options.to)
    const headers = options?.headers === undefined ? undefined : RecordHeaders.from(options.headers)
    return this.send(key, value, timestamp, headers, output)
  }

  begin(phase: Phase, key: unknown, timestamp: number): void {
    this.phase = phase
    this.key = key
    this.timestamp = timestamp
  }

  #end(): void {
    this.phase = 'nothing'
    this.key = undefined
  }

  #conclude(thrown: { readonly error: unknown } | undefined, key: unknown, value: unknown): Wait {
    const downstream = this.#downstream
    this.#tail = undefined
    this.#downstream = undefined
    this.#end()
    if (downstream !== undefined) throw downstream.error
    if (thrown !== undefined) return this.#context.fail(thrown.error, key, value)
    return this.#sweeps.length === 0 ? undefined : inOrder(this.#sweeps, sweep => sweep())
  }

  /** Behind what was sent before; to all outputs where none is named. */
  protected send(
    key: unknown,
    value: unknown,
    timestamp: number,
    headers: RecordHeaders | undefined,
    output: Process | undefined,
  ): Wait {
    if (this.#tail === undefined) {
      const wait = this.#hand(key, value, timestamp, headers, output)
      return wait === undefined ? undefined : this.#follow(wait)
    }
    return this.#follow(this.#tail.then(() => this.#hand(key, value, timestamp, headers, output)))
  }

  #hand(
    key: unknown,
    value: unknown,
    timestamp: number,
    headers: RecordHeaders | undefined,
    output: Process | undefined,
  ): Wait {
    const go = (): Wait => {
      if (output !== undefined) return output(key, value, timestamp)
      if (this.#outputs.length === 1) return this.#outputs[0]!(key, value, timestamp)
      return inOrder(this.#outputs, each => each(key, value, timestamp))
    }
    try {
      return headers === undefined ? go() : withHeaders(headers, this.#context.record, go)
    } catch (error) {
      this.#downstream ??= { error }
      throw error
    }
  }

  #follow(wait: Promise<void>): Promise<void> {
    const tail = wait.catch((error: unknown) => {
      this.#downstream ??= { error }
      throw error
    })
    // The processor need not await it; `#finish` does.
    tail.catch(() => undefined)
    this.#tail = tail
    return tail
  }

  #output(name: string): Process {
    const output = this.#outputs[this.#names.indexOf(name)]
    if (output !== undefined) return output
    throw new SluiceError('BAD_ARGUMENT', `forward() to ${valueText(name)}, which is no output`, {
      place: { operator: this.#context.name, line: this.#line },
      hint:
        this.#names.length === 0
          ? `name the outputs: process(…, { outputs: [${valueText(name)}] })`
          : `the outputs are ${this.#names.join(', ')}`,
    })
  }

  #outside(what: string): SluiceError {
    const during = this.phase === 'init' ? 'in init' : 'while nothing was being processed'
    return new SluiceError('CALLBACK', `${what} ${during}`, {
      place: { operator: this.#context.name, line: this.#line },
      hint: 'do it in process or in a timer, and return a promise there for whatever is to come later',
    })
  }

  #undefined(part: string): SluiceError {
    return new SluiceError('CALLBACK', `forward() with an undefined ${part}`, {
      place: { operator: this.#context.name, line: this.#line },
      hint: `null stands for no ${part}`,
    })
  }

  #badTime(timestamp: unknown): SluiceError {
    return new SluiceError('CALLBACK', `forward() with the timestamp ${String(timestamp)}`, {
      place: { operator: this.#context.name, line: this.#line },
      hint: `a timestamp is ${timeForm}`,
    })
  }
}

function isPromise(wait: Wait): wait is Promise<void> {
  return typeof (wait as Promise<void> | undefined)?.then === 'function'
}

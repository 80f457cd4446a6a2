import { SluiceError, counted } from '../../errors.js'
import type { PendingEntry, PendingScope } from '../../store/pending-store.js'
import type { OperatorContext } from '../operator.js'
import { after, type Wait } from '../suspend.js'
import { Alarm } from './alarm.js'
import { DueEntries } from './due-entries.js'
import { Durations } from './durations.js'
import { Lanes } from './lanes.js'
import { Queue } from './queue.js'
import { ReadyEntries } from './ready-entries.js'
import { nextAttempt, type RetryPolicy } from './retry-policy.js'

/** Whose results go on in which order. Calls of one key run one after the other, but for `none`. */
export type CallOrder = 'key' | 'partition' | 'none'

export interface CallOptions {
  /** How many calls may run at a time in a task. */
  readonly concurrency: number
  readonly order: CallOrder
  /** Milliseconds that an attempt may take. */
  readonly timeout: number
  /** After how long a second call is made beside one that takes its time: milliseconds, or a share of the calls. */
  readonly hedge: { readonly ms: number } | { readonly quantile: number } | undefined
  /** How many calls are made for each entry at once, of which the first to succeed counts. */
  readonly race: number
  readonly retry: RetryPolicy
  /** Beyond this the task takes in no more records. */
  readonly limit: { readonly records: number; readonly bytes: number }
}

/** What a user's function gets beside the value. */
export interface Attempt {
  readonly signal: AbortSignal
  /** 1 for the first. */
  readonly attempt: number
}

interface Running<K, V> {
  readonly entry: PendingEntry<K, V>
  readonly calls: Set<AbortController>
  readonly started: number
  readonly deadline: number
  hedgeAt: number
  failure: { readonly error: unknown } | undefined
  settled: boolean
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface CallHandlers<K, V> {
  /** The user's function. */
  call(entry: PendingEntry<K, V>, value: V, attempt: Attempt): unknown
  /** Why an answer is as good as a failure, if it is. */
  wrong?(result: unknown): Error | undefined
  /** A result, between two records; the record is the entry's. */
  succeeded(entry: PendingEntry<K, V>, result: unknown): Wait
  /** No attempt is left; the record is the entry's. */
  failed(entry: PendingEntry<K, V>, error: unknown): Wait
}

/**
 * The calls of one operator in one task. Every free slot takes the entry that has been ready for the longest time of those of
 * the highest priority, of whichever key: no slot is idle while a key waits, and the order of a key holds because only its first entry is ever ready.
 * What comes back goes on between two records.
 */
export class Calls<K, V> {
  readonly #context: OperatorContext
  readonly #scope: PendingScope<K, V>
  readonly #options: CallOptions
  readonly #handlers: CallHandlers<K, V>
  readonly #lanes: Lanes<K, V>
  readonly #durations = new Durations()
  readonly #running = new Set<Running<K, V>>()
  readonly #ready = new ReadyEntries<K, V>()
  /** Those that are to have a second call as soon as a slot is free. */
  readonly #late: Running<K, V>[] = []
  readonly #parked: DueEntries<K, V>
  readonly #alarm: Alarm
  /** In order of the partition: those whose results are not out yet, and the results that wait for older ones. */
  readonly #order = new Queue<PendingEntry<K, V>>()
  readonly #outcomes = new Map<PendingEntry<K, V>, Outcome>()
  readonly #notAllowed = new Set<PendingEntry<K, V>>()
  #slots: number
  #closed = false

  constructor(context: OperatorContext, scope: PendingScope<K, V>, options: CallOptions, handlers: CallHandlers<K, V>) {
    this.#context = context
    this.#scope = scope
    this.#options = options
    this.#handlers = handlers
    this.#slots = options.concurrency
    this.#parked = new DueEntries(context)
    this.#alarm = new Alarm(context, steady => this.#tick(steady))
    const { levelOf } = context
    const lanes = (this.#lanes = new Lanes(
      options.order !== 'none',
      levelOf && (({ record }) => levelOf(record.topic)),
    ))
    const running = this.#running
    const { records, bytes } = options.limit
    context.pends({
      get entries() {
        return lanes.entries
      },
      get calls() {
        return running.size
      },
      get oldest() {
        return lanes.oldest
      },
      get full() {
        if (lanes.entries < records && lanes.bytes < bytes) return undefined
        return `${context.name}: ${counted(lanes.entries, 'record')} of about ${lanes.bytes} bytes waiting for calls`
      },
    })
    context.onClose(() => this.#close())
  }

  /** Takes an entry in. Without `ready` it waits for `allow`, at the head of those behind it. */
  add(entry: PendingEntry<K, V>, ready: boolean): void {
    if (this.#options.order === 'partition') this.#order.push(entry)
    const first = this.#lanes.add(entry)
    if (!ready) this.#notAllowed.add(entry)
    else if (first) this.#line(entry)
    if (!first) this.#raise(this.#lanes.first(entry), entry)
    this.#start()
  }

  /** The entries may be called from now on. */
  allow(entries: readonly PendingEntry<K, V>[]): void {
    for (const entry of entries) {
      if (!this.#notAllowed.delete(entry)) continue
      if (this.#lanes.isFirst(entry)) this.#line(entry)
    }
    this.#start()
  }

  /** The first of its lane is ready, or waits for the time of its next attempt. */
  #line(entry: PendingEntry<K, V>): void {
    if (this.#notAllowed.has(entry)) return
    if (entry.due > this.#context.now()) this.#alarm.at(this.#parked.add(entry))
    else this.#ready.add(entry, this.#levelOf(entry))
  }

  /** One that waits for the first of its lane may have a higher priority. */
  #raise(first: PendingEntry<K, V>, { record }: PendingEntry<K, V>): void {
    const { levelOf } = this.#context
    if (levelOf === undefined || !this.#ready.has(first)) return
    const level = levelOf(record.topic)
    if (level > levelOf(first.record.topic)) this.#ready.add(first, level)
  }

  /** The highest priority in its lane: the others there wait for it. */
  #levelOf(entry: PendingEntry<K, V>): number {
    return this.#lanes.highest(entry)
  }

  #start(): void {
    if (this.#closed) return
    const { race } = this.#options
    while (this.#late.length > 0 && this.#slots > 0) this.#hedge(this.#late.shift()!)
    while (this.#ready.some && this.#slots >= race) this.#begin(this.#ready.take())
  }

  #begin(entry: PendingEntry<K, V>): void {
    const { race, timeout } = this.#options
    const now = this.#context.steady()
    const hedgeAt = now + (this.#hedgeAfter() ?? Number.POSITIVE_INFINITY)
    const calls = new Set<AbortController>()
    const deadline = now + timeout
    const running: Running<K, V> = {
      entry,
      calls,
      started: now,
      deadline,
      hedgeAt,
      failure: undefined,
      settled: false,
    }
    this.#running.add(running)
    this.#alarm.at(Math.min(deadline, hedgeAt))
    for (let i = 0; i < race; i++) this.#call(running)
  }

  #hedgeAfter(): number | undefined {
    const { hedge } = this.#options
    if (hedge === undefined) return undefined
    return 'ms' in hedge ? hedge.ms : this.#durations.quantile(hedge.quantile)
  }

  #call(running: Running<K, V>): void {
    const { entry, calls } = running
    const controller = new AbortController()
    calls.add(controller)
    this.#slots--
    const ended = (outcome: Outcome): void => {
      // One that was given up has given its slot back.
      if (!calls.delete(controller)) return
      this.#slots++
      if ('error' in outcome) {
        running.failure ??= outcome
        if (calls.size > 0) return this.#start()
      } else this.#durations.add(this.#context.steady() - running.started)
      this.#settle(running, 'error' in outcome ? running.failure! : outcome)
    }
    const attempt = { signal: controller.signal, attempt: entry.failures + 1 }
    // What throws at once ends later, as a rejection does: until then the others of a race have begun.
    new Promise(resolve => resolve(this.#handlers.call(entry, entry.value(), attempt))).then(
      (value: unknown) => {
        const error = this.#handlers.wrong?.(value)
        ended(error === undefined ? { value } : { error })
      },
      (error: unknown) => ended({ error }),
    )
  }

  /** The entry's attempt has come to its end; what else runs for it is called off. */
  #settle(running: Running<K, V>, outcome: Outcome): void {
    running.settled = true
    this.#slots += running.calls.size
    const others = [...running.calls]
    running.calls.clear()
    for (const other of others)
      other.abort(new SluiceError('CALL_ABORTED', 'another call for the same record was faster'))
    this.#context.soon(() => {
      this.#running.delete(running)
      return after(this.#conclude(running.entry, outcome), () => this.#start())
    })
    this.#start()
  }

  #conclude(entry: PendingEntry<K, V>, outcome: Outcome): Wait {
    if ('error' in outcome) {
      const failures = entry.failures + 1
      let due: number | undefined
      try {
        due = nextAttempt(this.#options.retry, failures, outcome.error, {
          seq: entry.seq,
          now: this.#context.now(),
        })
      } catch (error) {
        return this.#out(entry, { error })
      }
      if (due !== undefined) {
        this.#context.count('retried')
        entry.failures = failures
        entry.due = due
        this.#scope.change(entry)
        return this.#line(entry)
      }
    }
    return this.#out(entry, outcome)
  }

  /**
   * No attempt follows: what came of the entry goes on, where the order lets it. While it waits for that, the entry stays as
   * it is: should it be taken up again, its last attempt is made once more, and no further one.
   */
  #out(entry: PendingEntry<K, V>, outcome: Outcome): Wait {
    if (this.#options.order !== 'partition') return this.#tell(entry, outcome)
    this.#outcomes.set(entry, outcome)
    return this.#tellInOrder()
  }

  #tellInOrder(): Wait {
    for (;;) {
      const entry = this.#order.first
      const outcome = entry && this.#outcomes.get(entry)
      if (outcome === undefined) return undefined
      this.#order.shift()
      this.#outcomes.delete(entry!)
      const wait = this.#tell(entry!, outcome)
      if (wait !== undefined) return wait.then(() => this.#tellInOrder())
    }
  }

  #tell(entry: PendingEntry<K, V>, outcome: Outcome): Wait {
    const { record } = this.#context
    record.resume(entry.record)
    if ('error' in outcome) record.tries = entry.failures + 1
    this.#scope.end(entry)
    const next = this.#lanes.shift(entry)
    if (next !== undefined) this.#line(next)
    return 'error' in outcome
      ? this.#handlers.failed(entry, outcome.error)
      : this.#handlers.succeeded(entry, outcome.value)
  }

  /** Gives up what takes too long, makes second calls, and takes up what is due. */
  #tick(now: number): void {
    let next = Number.POSITIVE_INFINITY
    for (const running of this.#running) {
      if (running.settled) continue
      if (running.deadline <= now) this.#giveUp(running)
      else {
        if (running.hedgeAt <= now) {
          running.hedgeAt = Number.POSITIVE_INFINITY
          this.#late.push(running)
        }
        next = Math.min(next, running.deadline, running.hedgeAt)
      }
    }
    for (let due = this.#parked.take(now); due !== undefined; due = this.#parked.take(now)) {
      this.#ready.add(due, this.#levelOf(due))
    }
    this.#alarm.at(Math.min(next, this.#parked.earliest))
    this.#start()
  }

  #hedge(running: Running<K, V>): void {
    if (running.settled) return
    this.#context.count('hedged')
    this.#call(running)
  }

  #giveUp(running: Running<K, V>): void {
    const { timeout } = this.#options
    this.#context.count('timed_out')
    const error = new SluiceError('CALL_TIMEOUT', `the call has not answered within ${timeout} ms`, {
      place: { operator: this.#context.name },
      hint: 'give it more time with { timeout }, or try again: .retry({ attempts: 5 }) behind the operator',
    })
    for (const controller of running.calls) controller.abort(error)
    this.#settle(running, { error })
  }

  #close(): void {
    this.#closed = true
    this.#alarm.stop()
    const reason = new SluiceError('NOT_RUNNING', 'the task leaves this process; the call is made again where it goes')
    for (const { calls } of this.#running) for (const controller of calls) controller.abort(reason)
    this.#running.clear()
    this.#late.length = 0
  }
}

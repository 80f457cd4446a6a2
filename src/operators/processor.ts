import type { HeadersInit, RecordHeaders, StreamRecord } from '../record.js'
import type { ProcessorStore, StoreHandle } from '../store/processor-store.js'
import type { Duration } from '../time.js'

/** What a forwarded record differs in from the record at hand. */
export interface ForwardOptions<Output extends string = string> {
  /** Milliseconds since the epoch. Default: that of the record at hand; in a timer, the time it was called with. */
  readonly timestamp?: number
  /** Default: those of the record at hand; none in a timer. */
  readonly headers?: HeadersInit
  /** One of the outputs that `process(…, { outputs })` names. Default: all of them. */
  readonly to?: Output
}

/** Where the record at hand came from. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: RecordHeaders
}

/** What a processor may ask of its task, whatever it forwards. */
export interface ProcessorServices {
  /** The name of the operator in the topology. */
  readonly name: string
  /** The partition of the task; all its records come from it. */
  readonly partition: number
  /** Where the record at hand came from; `undefined` in `init` and in a timer. */
  readonly record: RecordMetadata | undefined
  /**
   * A store that the processor declared.
   *
   * @throws SluiceError UNKNOWN_STORE for one it did not declare
   */
  store<S>(handle: StoreHandle<S>): S
  store(name: string): ProcessorStore<unknown, unknown>
  /**
   * Calls back whenever time has moved on by `interval`: stream time after the record that moved it, beginning with the
   * first; the wall clock from now on. Where time jumps over several intervals, it calls once (Kafka Streams'
   * punctuations). Answers how to cancel.
   *
   * @throws SluiceError BAD_ARGUMENT for another time; BAD_DURATION unless the interval is at least a millisecond
   */
  schedule(
    time: 'stream-time' | 'wall-clock',
    interval: Duration,
    call: (now: number) => void | Promise<void>,
  ): () => void
  /** Milliseconds since the epoch, on the clock that tests replace. */
  now(): number
  /** The largest timestamp this task has taken in so far; -1 before the first. */
  streamTime(): number
  /** Adds one to the metric `sluice_<what>_total` of this operator. */
  count(what: string): void
}

/**
 * What a processor that makes records works with.
 *
 * @example
 * stream.process((context: ProcessorContext<string, number>) => (value, key) => context.forward(key, value.length))
 */
export interface ProcessorContext<K2 = never, V2 = never, Output extends string = string> extends ProcessorServices {
  /**
   * Sends a record on. Answers a promise only when an operator further down suspends; it need not be awaited: what is
   * forwarded stays in order, and the record at hand is not done before. Behind a `retry` it goes on once the attempt has
   * succeeded; that of an attempt that fails goes nowhere.
   *
   * @throws SluiceError BAD_ARGUMENT for an output that was not named; CALLBACK when nothing is being processed
   */
  forward(key: K2, value: V2, options?: ForwardOptions<Output>): void | Promise<void>
}

/** What a processor works with that keeps the key of each record, so that nothing has to be repartitioned behind it. */
export interface ValueProcessorContext<V2 = never, Output extends string = string> extends ProcessorServices {
  /**
   * Sends a value on under the key of the record at hand; see `ProcessorContext.forward`.
   *
   * @throws SluiceError CALLBACK in a timer, which has no record at hand
   */
  forward(value: V2, options?: ForwardOptions<Output>): void | Promise<void>
}

/** Called for each record, in the order of its partition. A promise holds the task up until it has settled. */
export type ProcessFunction<K, V> = (value: V, key: K, record: StreamRecord<K, V>) => void | Promise<void>

/** A processor of one task. Its fields are lost with the task: what must outlast a restart belongs into a store. */
export interface Processor<K, V> {
  /** Called once, before the first record, when the stores are restored. Schedules timers, reads stores. */
  init?(): void | Promise<void>
  process(value: V, key: K, record: StreamRecord<K, V>): void | Promise<void>
  /** Called when the task leaves this process. Nothing can be forwarded or stored any more. */
  close?(): void | Promise<void>
}

/** Makes the processor of a task: once per task, so that no two partitions share its fields. */
export type ProcessorFactory<K, V, K2 = never, V2 = never, Output extends string = string> = (
  context: ProcessorContext<K2, V2, Output>,
) => Processor<K, V> | ProcessFunction<K, V>

/** As `ProcessorFactory`, for a processor that keeps the keys. */
export type ValueProcessorFactory<K, V, V2 = never, Output extends string = string> = (
  context: ValueProcessorContext<V2, Output>,
) => Processor<K, V> | ProcessFunction<K, V>

import { SluiceError } from '../errors.js'
import type { KeyValueStore } from '../store/key-value.js'
import { processorStore, processorVersionedStore, tableStore, type StoreHandle } from '../store/processor-store.js'
import { processorWindowStore } from '../store/processor-window-store.js'
import type { VersionedStore } from '../store/versioned.js'
import type { WindowStore } from '../store/window-store.js'
import { milliseconds } from '../time.js'
import type { OperatorContext } from './operator.js'
import type { ProcessorCalls } from './processor-calls.js'
import type {
  ForwardOptions,
  ProcessorContext,
  ProcessorServices,
  RecordMetadata,
  ValueProcessorContext,
} from './processor.js'

/** A store that a processor declared, and what it may do with it. `table`: read what a table keeps. */
export interface ProcessorStoreUse {
  readonly name: string
  readonly as: 'key-value' | 'versioned' | 'window' | 'table'
  /** Of its windows, in milliseconds; only for a store of those. */
  readonly size?: number | 'session'
}

type AnyContext = ProcessorContext<any, any> | ValueProcessorContext<any>

/** What a processor gets of its task. */
export function contextFor(
  calls: ProcessorCalls,
  context: OperatorContext,
  options: {
    readonly stores: readonly ProcessorStoreUse[]
    readonly keepsKeys: boolean
    readonly line: string | undefined
  },
): AnyContext {
  const stores = new Map(options.stores.map(use => [use.name, open(use, calls, context)]))
  const services: ProcessorServices = {
    name: context.name,
    get partition() {
      return context.record.partition
    },
    get record() {
      return calls.phase === 'record' ? metadataOf(context) : undefined
    },
    store: <S>(handle: StoreHandle<S> | string) => {
      const name = typeof handle === 'string' ? handle : handle.name
      const found = stores.get(name)
      if (found === undefined) throw undeclared(name, context, options)
      return found as S
    },
    schedule(time, interval, call) {
      checkTime(time, context, options.line)
      return context.schedule(time, checked(interval, context, options.line), now => calls.timer(now, () => call(now)))
    },
    now: () => context.now(),
    streamTime: () => context.streamTime(),
    count: what => context.count(what),
  }
  if (!options.keepsKeys) {
    const forward: ProcessorContext<any, any>['forward'] = (key, value, more) => calls.forward(key, value, more)
    return define(services, forward)
  }
  const forward = (value: unknown, more?: ForwardOptions) => {
    if (calls.phase === 'timer') throw noKeyInTimer(context, options.line)
    return calls.forward(calls.key, value, more)
  }
  return define(services, forward)
}

/** Not by spreading: the getters stay getters. */
function define<F>(services: ProcessorServices, forward: F): ProcessorServices & { readonly forward: F } {
  return Object.defineProperty(services, 'forward', { value: forward, enumerable: true }) as ProcessorServices & {
    readonly forward: F
  }
}

function open(
  { name, as, size = 'session' }: ProcessorStoreUse,
  calls: ProcessorCalls,
  context: OperatorContext,
): unknown {
  if (as === 'table') return tableStore(context.store(name))
  if (as === 'key-value')
    return processorStore(context.store<KeyValueStore<unknown, unknown>>(name), calls.time, calls.undos)
  if (as === 'window') {
    const store = context.store<WindowStore<unknown, unknown>>(name)
    store.heldBy(context.record)
    return processorWindowStore(store, size, calls.time, calls.undos)
  }
  const store = context.store<VersionedStore<unknown, unknown>>(name)
  store.heldBy(context.record)
  calls.sweep(() => store.sweep())
  return processorVersionedStore(store, calls.time, calls.undos)
}

function metadataOf({ record: { topic, partition, offset, headers } }: OperatorContext): RecordMetadata {
  return { topic, partition, offset, headers }
}

/** Types refuse it already; this is for those who write JavaScript. */
function checkTime(time: unknown, context: OperatorContext, line?: string): void {
  if (time === 'stream-time' || time === 'wall-clock') return
  throw new SluiceError('BAD_ARGUMENT', `schedule() on ${typeof time === 'string' ? `'${time}'` : typeof time}`, {
    place: { operator: context.name, line },
    hint: "write 'stream-time' or 'wall-clock'",
  })
}

function checked(
  interval: Parameters<ProcessorServices['schedule']>[1],
  context: OperatorContext,
  line?: string,
): number {
  const ms = milliseconds(interval, 'the interval of schedule()')
  if (ms >= 1) return ms
  throw new SluiceError('BAD_DURATION', `schedule() every ${ms} ms`, {
    place: { operator: context.name, line },
    hint: 'the shortest interval is 1 ms',
  })
}

function undeclared(
  name: string,
  context: OperatorContext,
  { stores, line }: { readonly stores: readonly ProcessorStoreUse[]; readonly line: string | undefined },
): SluiceError {
  const declared = stores.map(store => store.name)
  return new SluiceError('UNKNOWN_STORE', `the processor uses the store "${name}" without having declared it`, {
    place: { operator: context.name, store: name, line },
    hint: `declare it: process(…, { stores: [${[...declared, name].map(each => `'${each}'`).join(', ')}] })`,
  })
}

function noKeyInTimer(context: OperatorContext, line: string | undefined): SluiceError {
  return new SluiceError('CALLBACK', 'processValues() forwarded in a timer, where there is no record and no key', {
    place: { operator: context.name, line },
    hint: 'use process(), whose forward takes a key',
  })
}

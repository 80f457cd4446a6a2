// The low-level API: a processor of your own, with stores and timers, for `stream.process` and `stream.processValues`.
export type {
  ForwardOptions,
  ProcessFunction,
  Processor,
  ProcessorContext,
  ProcessorFactory,
  ProcessorServices,
  RecordMetadata,
  ValueProcessorContext,
  ValueProcessorFactory,
} from './operators/processor.js'
export type {
  ProcessorStore,
  ProcessorVersionedStore,
  ReadableStore,
  StoreHandle,
  StoreRange,
} from './store/processor-store.js'
export type { ProcessorWindowStore } from './store/processor-window-store.js'

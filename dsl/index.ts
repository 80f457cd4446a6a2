// A pipeline
export { pipeline } from './pipeline.js'
export type { Pipeline, PipelineOptions } from './pipeline.js'
export { topic } from './topic.js'
export type { Sink, Topic } from './topic.js'
export { sessionStore, store, versionedStore, windowStore } from './store.js'
export type { Store, VersionedStore, WindowStore } from './store.js'

// What a chain is made of
export { from } from './from.js'
export type { AddStoreOptions } from './add-store.js'
export type { Branches, Splits } from './branches.js'
export type { GlobalTable, GlobalTableOptions } from './global-table.js'
export type { EffectCallOptions, MapAsyncOptions } from './calls.js'
export type { DedupeOptions } from './dedupe.js'
export type { Race } from './race.js'
export { exponential, type Backoff, type BufferOptions, type RetryOptions } from './retry.js'
export type { EffectCall } from '../src/operators/calls/effect.js'
export type { CallRecord } from '../src/operators/calls/map-async.js'
export type { MappedRecord } from '../src/operators/map-record.js'
export type { DelayOptions } from './delay.js'
export type { EveryOptions } from './every.js'
export type { CatchUp, Tick } from '../src/operators/timers/every.js'
export type { Grouped } from './grouped.js'
export type { GroupedTable } from './grouped-table.js'
export type { Cogroupable, Cogrouped, CogroupedOptions, CogroupedSessions, CogroupedWindows } from './cogrouped.js'
export type { SessionWindowed, Windowed } from './windowed.js'
export type { NewWindowOptions, WindowOptions } from './window-store.js'
export type { LateOptions } from './late.js'
export { merge } from './merge-all.js'
export type { MergeAll } from './merge-all.js'
export type { AllOptions, AllParts, CountedParts, CountedPartsOptions, NamedPartsOptions } from './all.js'
export type { MergeOptions } from './merge.js'
export type { SuppressOptions } from './suppress.js'
export type { Rate } from './rate.js'
export type { PatternOptions, StreamOptions } from './source.js'
export type { ProcessOptions } from './process.js'
export type { SplitOptions } from './split.js'
export type { ShardOptions } from './shard.js'
export type { ToOptions } from './sink.js'
export type { Stream } from './stream.js'
export type { JoinTimes, StreamJoinOptions } from './stream-join.js'
export type { ForeignKeyOptions, RowCallback, Table } from './table.js'
export type { TableJoinOptions } from './join.js'
export type { TableOptions } from './table-source.js'
export type {
  Callback,
  GroupOptions,
  NewStoreOptions,
  Partitioning,
  RepartitionOptions,
  StoreFor,
  StoreOptions,
} from './types.js'
export type { Described, DescribedNode, DescribedPart } from './describe/model.js'
export type { Description } from './describe/description.js'

// Windows
export { hopping, session, sliding, tumbling, unlimited } from './windows.js'
export type { GraceOptions } from './windows.js'
export type { SessionWindows, SlidingWindows, TimeWindows } from '../src/operators/windows/definitions.js'

// Serdes
export { avro, bytes, float64, int32, int64, json, long, string, windowed } from '../src/serde/index.js'
export type {
  AvroOptions,
  AvroSchema,
  AvroValue,
  Copies,
  Serde,
  Serializer,
  StandardSchema,
  WindowedSerde,
  WindowKey,
} from '../src/serde/index.js'

// Logs
export { embedded } from '../src/log/embedded/embedded.js'
export { kafka } from '../src/log/kafka/kafka.js'
export { memory } from '../src/log/memory/memory-log.js'
export type { EmbeddedOptions } from '../src/log/embedded/embedded.js'
export type { MemoryLogOptions } from '../src/log/memory/memory-log.js'
export type { KafkaOptions } from '../src/log/kafka/options.js'
export type { Log, LogConfig, Producer, ProducerOptions, TopicInfo, Topics, TopicSpec } from '../src/log/log.js'
export { readRecords } from '../src/log/record-reader.js'
export type { ReadableTopic, ReadOptions } from '../src/log/record-reader.js'
export { recordWriter } from '../src/log/record-writer.js'
export type { RecordInit, RecordWriter, WritableTopic } from '../src/log/record-writer.js'

// Running
export type {
  Guarantee,
  RestoreProgress,
  Running,
  RunState,
  StandbyStatus,
  StartOptions,
  Status,
} from '../src/runtime/options.js'
export type { InputStatus } from '../src/runtime/inputs/input-status.js'
export type { StoreReader, StoreRef } from '../src/query/reader.js'
export type { Partitioner } from '../src/topology/spec.js'

// Words that everything shares
export { SluiceError } from '../src/errors.js'
export type { ErrorCode, Place } from '../src/errors.js'
export { RecordHeaders } from '../src/record.js'
export type { HeadersInit, HeaderValue, StreamRecord } from '../src/record.js'
export type { Clock, Duration } from '../src/time.js'

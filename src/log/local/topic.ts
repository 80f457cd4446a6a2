import type { Position, TopicInfo } from '../log.js'
import { BatchList } from './batch-list.js'
import type { TopicSettings } from './topic-settings.js'

/** A topic of a local log, as it is held in memory. */
export interface LocalTopic {
  readonly info: TopicInfo
  /** Stands for the topic in keys; never that of another topic whose records are still there. */
  readonly number: number
  readonly settings: TopicSettings
  readonly partitions: readonly LocalPartition[]
  deleted: boolean
}

/** How far a partition is compacted. */
export interface Compacted {
  /** Everything before this offset was gone over. */
  readonly to: number
  /** Bytes that were left. */
  readonly bytes: number
  /** The tombstones below `offset` were first gone over at `time`; oldest first. */
  readonly tombstones: readonly (readonly [offset: number, time: number])[]
}

const untouched: Compacted = { to: 0, bytes: 0, tombstones: [] }

export class LocalPartition {
  readonly topic: LocalTopic
  readonly index: number
  /** The first offset that may be read. */
  start = 0
  /** The next offset; everything before it is written. */
  end = 0
  /** The next offset to give out: ahead of `end` while a write is under way. */
  reserved = 0
  /** The base offset of the newest batch; it is never compacted, so that the end can be told from it. */
  lastBase = -1
  /** In memory: the newest batches, or all where there is no disk. */
  readonly recent: BatchList = new BatchList()
  compacted: Compacted = untouched
  /** Bytes of all batches; counted when first needed. */
  bytes: number | undefined
  /** Told when the partition has more, is cut, or goes away. */
  readonly watchers: Set<() => void> = new Set()

  constructor(topic: LocalTopic, index: number) {
    this.topic = topic
    this.index = index
  }
}

export function localTopic(info: TopicInfo, number: number, settings: TopicSettings): LocalTopic {
  const partitions: LocalPartition[] = []
  const topic: LocalTopic = { info, number, settings, partitions, deleted: false }
  for (let i = 0; i < info.partitions; i++) partitions.push(new LocalPartition(topic, i))
  return topic
}

/** Positions of every group: `groups.get(group)?.get(partitionId)`. */
export type Groups = Map<string, Map<string, Position>>

import type { Position, TopicInfo } from '../log.js'
import { readInt64, writeInt64 } from '../../serde/int64-bytes.js'
import { topicSettings } from '../local/topic-settings.js'
import { localTopic, type Compacted, type LocalPartition, type LocalTopic } from '../local/topic.js'

/** What the database holds beside batches, as bytes and back. Whatever these throw means damage. */

export function topicValue({ info, number }: LocalTopic): Buffer {
  const { id, partitions, config } = info
  return Buffer.from(JSON.stringify({ number, id, partitions, config }))
}

export function readTopic(name: string, value: Buffer): LocalTopic {
  const stored = JSON.parse(value.toString()) as Pick<TopicInfo, 'id' | 'partitions' | 'config'> & { number: number }
  const { number, id, partitions, config } = stored
  if (!Number.isInteger(number) || !Number.isInteger(partitions)) throw new Error(`topic ${name} has no number`)
  const info = { name, id, partitions, replicationFactor: 1, config, internal: false }
  return localTopic(info, number, topicSettings(info))
}

export function markValue(start: number, compacted: Compacted): Buffer {
  return Buffer.from(JSON.stringify({ start, compacted }))
}

export function readMark(partition: LocalPartition, value: Buffer): void {
  const { start, compacted } = JSON.parse(value.toString()) as { start: number; compacted: Compacted }
  if (!Number.isSafeInteger(start)) throw new Error(`a partition of ${partition.topic.info.name} has no start`)
  partition.start = start
  partition.compacted = compacted
}

export function positionValue({ offset, metadata }: Position): Buffer {
  const value = Buffer.alloc(8 + Buffer.byteLength(metadata))
  writeInt64(offset, value, 0)
  value.write(metadata, 8)
  return value
}

export function readPosition(value: Buffer): Position {
  if (value.length < 8) throw new Error(`a position has ${value.length} bytes`)
  return { offset: readInt64(value, 0), metadata: value.toString('utf8', 8) }
}

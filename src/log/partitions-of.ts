import type { TopicPartition } from '../record.js'
import type { TopicInfo } from './log.js'

/** All partitions of a topic, in order. */
export function partitionsOf({ name: topic, partitions }: Pick<TopicInfo, 'name' | 'partitions'>): TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
}

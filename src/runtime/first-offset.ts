import type { Log } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { SourceSpec } from '../topology/spec.js'

/** Where a source begins in a partition of which no position is committed. @param now milliseconds since the epoch */
export async function firstOffset(
  log: Log,
  from: SourceSpec['from'],
  input: TopicPartition,
  now: number,
): Promise<number> {
  const id = partitionId(input.topic, input.partition)
  if (from === 'earliest') return (await log.startOffsets([input])).get(id)!
  if (from === 'latest') return (await log.endOffsets([input], 'read_committed')).get(id)!
  const time = 'time' in from ? from.time : now - from.back
  return (await log.offsetsAt([input], time)).get(id)!
}

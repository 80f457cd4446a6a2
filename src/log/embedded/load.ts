import { partitionId } from '../../record.js'
import { asBytes, type LevelDb } from '../../store/level-store.js'
import { RecordBatch } from '../batch/batch.js'
import type { Groups, LocalPartition, LocalTopic } from '../local/topic.js'
import { asDamaged } from './damaged.js'
import { all, entryKey, entryOffset, markKey } from './keys.js'
import { readMark, readPosition, readTopic } from './values.js'

/** The topics with the bounds of their partitions. @throws SluiceError STATE_DAMAGED */
export async function loadTopics(db: LevelDb): Promise<LocalTopic[]> {
  return await orDamaged(db, async () => {
    const topics: LocalTopic[] = []
    for await (const [key, value] of db.iterator({ ...asBytes, ...all('t') })) {
      topics.push(readTopic(key.toString('utf8', 1), value))
    }
    for (const { partitions } of topics) await Promise.all(partitions.map(partition => loadBounds(db, partition)))
    return topics
  })
}

/** @throws SluiceError STATE_DAMAGED */
export async function loadGroups(db: LevelDb): Promise<Groups> {
  return await orDamaged(db, async () => {
    const groups: Groups = new Map()
    for await (const [key, value] of db.iterator({ ...asBytes, ...all('p') })) {
      const [group, topic, partition] = JSON.parse(key.toString('utf8', 1)) as [string, string, number]
      const positions = groups.get(group) ?? new Map()
      groups.set(group, positions.set(partitionId(topic, partition), readPosition(value)))
    }
    return groups
  })
}

/** The end is that of the newest batch, which compaction leaves alone; where none is left, it is the start. */
async function loadBounds(db: LevelDb, partition: LocalPartition): Promise<void> {
  const { topic, index } = partition
  const mark = await db.get(markKey(topic.number, index), asBytes)
  if (mark !== undefined) readMark(partition, mark)
  const range = { gte: entryKey(topic.number, index, 0), lt: entryKey(topic.number, index, Infinity) }
  const [newest] = await db.iterator({ ...asBytes, ...range, reverse: true, limit: 1 }).all()
  if (newest !== undefined) {
    const batch = checked(db, partition, newest)
    partition.lastBase = batch.baseOffset
    partition.end = batch.lastOffset + 1
  }
  partition.end = Math.max(partition.end, partition.start)
  partition.reserved = partition.end
}

function checked(db: LevelDb, { topic, index }: LocalPartition, [key, value]: [Buffer, Buffer]): RecordBatch {
  try {
    const batch = new RecordBatch(value, 0, value.length)
    batch.verify()
    return batch
  } catch (thrown) {
    throw asDamaged(db.location, thrown, { topic: topic.info.name, partition: index, offset: entryOffset(key) })
  }
}

/** @throws SluiceError STATE_DAMAGED */
export async function orDamaged<T>(db: LevelDb, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (thrown) {
    throw asDamaged(db.location, thrown)
  }
}

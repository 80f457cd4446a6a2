import { readFailure } from '../serde/failure.js'
import { checkOpen } from './check-open.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import { partitionId, type StreamRecord } from '../record.js'
import type { Serde } from '../serde/serde.js'
import type { RecordCursor } from './batch/cursor.js'
import type { Isolation, Log } from './log.js'
import { partitionsOf } from './partitions-of.js'
import { unknownTopic } from './unknown-topic.js'
import { signalled } from './wake.js'

/** A topic as someone who reads it has to know it; a `topic(…)` of a pipeline is one. */
export interface ReadableTopic<in out K, in out V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** Which records of a topic are read. */
export interface ReadOptions {
  /** Default `read_committed`. */
  readonly isolation?: Isolation
  /** Where to begin: default `earliest`. */
  readonly from?: 'earliest' | 'latest'
  /** `end` (the default) stops at the ends as they are at the call, `never` waits for more. */
  readonly until?: 'end' | 'never'
  /** Ends the reading. */
  readonly signal?: AbortSignal
}

const known: KnownOptions<ReadOptions> = {
  isolation: ['read_committed', 'read_uncommitted'],
  from: ['earliest', 'latest'],
  until: ['end', 'never'],
  signal: true,
}

/**
 * The records of a topic: in order within a partition, partitions as they come.
 *
 * @throws SluiceError UNKNOWN_TOPIC, DESERIALIZE with the offset, BROKER
 * @example
 * for await (const { key, value } of readRecords(log, finished)) console.log(key, value)
 */
export async function* readRecords<K, V>(
  log: Log,
  topic: ReadableTopic<K, V>,
  options: ReadOptions = {},
): AsyncGenerator<StreamRecord<K | null, V | null>, void, void> {
  checkOpen(log, 'readRecords()')
  checkKnown('readRecords()', options, known)
  const { isolation = 'read_committed', from = 'earliest', until = 'end', signal } = options
  const stopped = (): boolean => signal?.aborted === true
  const [info] = await log.topics.describe([topic.name])
  if (info === undefined) throw unknownTopic(topic.name)
  const all = partitionsOf(info)
  const ends = await log.endOffsets(all, isolation)
  const starts = from === 'latest' ? ends : await log.startOffsets(all)

  const place = (partition: number, { offset }: RecordCursor): RecordPlace => ({ topic: topic.name, partition, offset })
  const wake = signalled()
  const reader = log.reader({ isolation, onReady: wake.call })
  signal?.addEventListener('abort', wake.call)
  try {
    const next = new Map<number, number>()
    for (const { partition } of all) {
      const id = partitionId(topic.name, partition)
      const start = starts.get(id) ?? 0
      if (until === 'end' && start >= (ends.get(id) ?? 0)) continue
      next.set(partition, start)
      reader.seek(topic.name, partition, start)
    }
    while (next.size > 0 && !stopped()) {
      const fetched = reader.poll()
      for (const { partition, batches, next: after } of fetched) {
        const end = until === 'end' ? (ends.get(partitionId(topic.name, partition)) ?? 0) : Infinity
        for (const batch of batches) {
          const cursor = batch.cursor()
          while (cursor.next()) {
            if (cursor.offset < next.get(partition)! || cursor.offset >= end) continue
            yield {
              key: part(topic.key, 'key', cursor, cursor.keyStart, cursor.keyEnd, place(partition, cursor)),
              value: part(topic.value, 'value', cursor, cursor.valueStart, cursor.valueEnd, place(partition, cursor)),
              timestamp: cursor.timestamp,
              headers: cursor.headers(),
              ...place(partition, cursor),
            }
            if (stopped()) return
          }
        }
        next.set(partition, after)
        if (after >= end) {
          next.delete(partition)
          reader.drop(topic.name, partition)
        }
      }
      if (fetched.length === 0) await wake.wait()
    }
  } finally {
    signal?.removeEventListener('abort', wake.call)
    await reader.close()
  }
}

interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

function part<T>(
  serde: Serde<T>,
  name: 'key' | 'value',
  { buffer }: RecordCursor,
  start: number,
  end: number,
  place: RecordPlace,
): T | null {
  if (end < 0) return null
  try {
    // Copied: who keeps a record should not keep the batch that it came in.
    return serde.deserialize(Uint8Array.prototype.slice.call(buffer, start, end))
  } catch (cause) {
    throw readFailure(cause, `the ${name}`).at(place)
  }
}

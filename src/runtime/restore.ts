import type { Log, TopicInfo } from '../log/log.js'
import { partitionId } from '../record.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StateDb, StateWrites } from '../store/state-db.js'
import { WriteBehind } from '../store/write-behind.js'
import type { RestoreProgress } from './options.js'
import { signalled } from './wake.js'

/** A store and the partition that its changes are kept in. */
export interface Changelog {
  readonly store: ManagedStore
  readonly topic: string
  readonly partition: number
  /** For a table whose source topic is its changelog: the position of the task, behind which nothing was taken in yet. */
  readonly until: number | undefined
  /** Whether a record of the topic is one of the store's changes; all are, where it is left out. */
  readonly readable?: ((key: Uint8Array, value: Uint8Array | null) => boolean) | undefined
}

/** How far a store has taken its changelog in: kept beside the store, written with it. */
interface ChangelogPosition {
  readonly offset: number
  /** Changes behind the offset may be in the store too, up to here; none where it is left out. */
  readonly until?: number
  /** A topic that was deleted and made again has another id. */
  readonly topicId: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

interface Restoring {
  readonly changelog: Changelog
  readonly from: number
  readonly end: number
  next: number
}

/** Where the positions of changelogs lie, by store. */
export const positionsStore: string = '~changelogs'

/** How a restore goes on, in bytes of keys and values. */
export interface RestorePace {
  /** Bytes of a batch. Larger ones are slower: the next one waits longer for its turn. */
  readonly batchBytes: number
  /** More records than this are a large restore, which writes positions at checkpoints only. */
  readonly largeRecords: number
  /** Bytes between two checkpoints: what a death may cost. */
  readonly checkpointBytes: number
}

const usualPace: RestorePace = { batchBytes: 512 << 10, largeRecords: 100_000, checkpointBytes: 32 << 20 }
/** Kafka's default for `delete.retention.ms`: tombstones older than that may be gone. */
const defaultDeleteRetention = 86_400_000

export function putPosition(batch: StateWrites, changelog: Changelog, position: ChangelogPosition): void {
  batch.put(positionsStore, Buffer.from(changelog.store.name), Buffer.from(JSON.stringify(position)))
}

function positionOf(db: StateDb, changelog: Changelog): ChangelogPosition | undefined {
  const bytes = db.store(positionsStore).get(Buffer.from(changelog.store.name))
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as ChangelogPosition)
}

/**
 * Whether the state of a task can be brought up to date from its changelogs. It cannot when a topic was made anew, or
 * when the state is so old that tombstones it never saw may have been compacted away: then it has to be built from nothing.
 */
export function restorable(
  db: StateDb,
  changelogs: readonly Changelog[],
  infos: ReadonlyMap<string, TopicInfo>,
  starts: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
  now: number,
): boolean {
  return changelogs.every(changelog => {
    const position = positionOf(db, changelog)
    if (position === undefined) return true
    const info = infos.get(changelog.topic)!
    const id = partitionId(changelog.topic, changelog.partition)
    const retention = Number(info.config['delete.retention.ms'] ?? defaultDeleteRetention)
    const end = ends.get(id)!
    const held = position.offset >= starts.get(id)! && Math.max(position.offset, position.until ?? 0) <= end
    // However old it is, a state that has seen everything has missed nothing. Written at a time that is still to come, it is
    // of unknown age: the clock was set back since.
    const fresh = position.offset >= (changelog.until ?? end) || Math.abs(now - position.at) < retention / 2
    return position.topicId === info.id && held && fresh
  })
}

/**
 * Brings the stores of a task up to the end of their changelogs. The end is taken read_uncommitted and the records are
 * read read_committed: a transaction that is still being completed is waited for, never missed.
 *
 * Positions are written with the changes before them. In a large restore that would have LevelDB write nearly everything
 * twice, because a table with a position in it spans all keys behind it: there they are written by themselves, now and
 * then, and say how far the changes may reach. Taking changes twice, in their order, ends in the same state.
 *
 * @throws SluiceError CORRUPT, BROKER, OFFSET_OUT_OF_RANGE
 */
export async function restore(
  log: Log,
  db: StateDb,
  changelogs: readonly Changelog[],
  infos: ReadonlyMap<string, TopicInfo>,
  offsets: { readonly starts: ReadonlyMap<string, number>; readonly ends: ReadonlyMap<string, number> },
  tell: (progress: RestoreProgress) => void,
  now: () => number,
  signal: AbortSignal,
  pace: RestorePace = usualPace,
): Promise<void> {
  const wake = signalled()
  const reader = log.reader({ isolation: 'read_committed', onReady: wake.call })
  signal.addEventListener('abort', wake.call)
  const open = new Map<string, Restoring>()
  for (const changelog of changelogs) {
    const id = partitionId(changelog.topic, changelog.partition)
    const from = positionOf(db, changelog)?.offset ?? offsets.starts.get(id)!
    const end = changelog.until ?? offsets.ends.get(id)!
    if (from >= end) continue
    open.set(id, { changelog, from, next: from, end })
    reader.seek(changelog.topic, changelog.partition, from)
  }
  const writing = new WriteBehind(db)
  const large = [...open.values()].reduce((sum, { from, end }) => sum + end - from, 0) > pace.largeRecords
  const note = ({ changelog, next, end }: Restoring) => {
    const { id: topicId } = infos.get(changelog.topic)!
    putPosition(writing.load, changelog, { offset: next, ...(large && { until: end }), topicId, at: now() })
  }
  const checkpoint = async () => {
    await writing.end()
    await db.settle()
    for (const one of open.values()) note(one)
    await writing.end()
    await db.settle()
  }
  try {
    // Behind a position, however old, it is known what the store may hold; with none a store is taken to be empty.
    if (large) await checkpoint()
    let bytes = 0
    let unchecked = 0
    while (open.size > 0 && !signal.aborted) {
      const waiting = wake.wait()
      const fetched = reader.poll()
      if (fetched.length === 0) await waiting
      for (const { topic, partition, batches, next } of fetched) {
        const id = partitionId(topic, partition)
        const one = open.get(id)
        if (one === undefined) continue
        const { changelog, end } = one
        for (const records of batches) {
          const cursor = records.cursor()
          while (cursor.next()) {
            if (cursor.offset < one.next || cursor.offset >= end || cursor.keyEnd < 0) continue
            const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
            if (changelog.readable !== undefined) {
              const value = valueEnd < 0 ? null : buffer.subarray(valueStart, valueEnd)
              if (!changelog.readable(buffer.subarray(keyStart, keyEnd), value)) continue
            }
            changelog.store.restore(cursor, writing.load)
            bytes += keyEnd - keyStart + Math.max(valueEnd - valueStart, 0)
          }
        }
        one.next = Math.min(Math.max(one.next, next), end)
        if (!large || one.next >= end) note(one)
        tell({ store: changelog.store.name, partition, done: one.next - one.from, total: end - one.from })
        if (one.next >= end) {
          open.delete(id)
          reader.drop(topic, partition)
        }
      }
      if (bytes >= pace.batchBytes || open.size === 0) {
        await writing.send()
        unchecked += bytes
        bytes = 0
      }
      if (large && unchecked >= pace.checkpointBytes && open.size > 0) {
        await checkpoint()
        unchecked = 0
      }
    }
    for (const one of open.values()) note(one)
    await writing.end()
  } finally {
    signal.removeEventListener('abort', wake.call)
    await reader.close()
    await writing.close()
  }
}

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
  /** A topic that was deleted and made again has another id. */
  readonly topicId: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Where the positions of changelogs lie, by store. */
export const positionsStore: string = '~changelogs'
/** Bytes of a batch. Larger ones are slower: the next one waits longer for its turn. */
const writeEvery = 512 << 10
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
    const held = position.offset >= starts.get(id)! && position.offset <= end
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
): Promise<void> {
  const wake = signalled()
  const reader = log.reader({ isolation: 'read_committed', onReady: wake.call })
  signal.addEventListener('abort', wake.call)
  const open = new Map<string, { changelog: Changelog; next: number; from: number; end: number }>()
  for (const changelog of changelogs) {
    const id = partitionId(changelog.topic, changelog.partition)
    const from = positionOf(db, changelog)?.offset ?? offsets.starts.get(id)!
    const end = changelog.until ?? offsets.ends.get(id)!
    if (from >= end) continue
    open.set(id, { changelog, from, next: from, end })
    reader.seek(changelog.topic, changelog.partition, from)
  }
  const writing = new WriteBehind(db)
  try {
    let bytes = 0
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
            changelog.store.restore(buffer, keyStart, keyEnd, valueStart, valueEnd, cursor.timestamp, writing.load)
            bytes += keyEnd - keyStart + Math.max(valueEnd - valueStart, 0)
          }
        }
        one.next = Math.min(Math.max(one.next, next), end)
        putPosition(writing.load, changelog, { offset: one.next, topicId: infos.get(topic)!.id, at: now() })
        tell({ store: changelog.store.name, partition, done: one.next - one.from, total: end - one.from })
        if (one.next >= end) {
          open.delete(id)
          reader.drop(topic, partition)
        }
      }
      if (bytes >= writeEvery || open.size === 0) {
        await writing.send()
        bytes = 0
      }
    }
    await writing.end()
  } finally {
    signal.removeEventListener('abort', wake.call)
    await reader.close()
    await writing.close()
  }
}

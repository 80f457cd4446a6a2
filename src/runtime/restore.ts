import type { Log, TopicInfo } from '../log/log.js'
import { signalled } from '../log/wake.js'
import { partitionId } from '../record.js'
import type { StateDb } from '../store/state-db.js'
import { nextChange, type Changelog } from './changelog.js'
import type { RestoreProgress } from './options.js'
import { Replay, type Place } from './replay.js'

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
  const open = new Map<string, Place>()
  for (const changelog of changelogs) {
    const id = partitionId(changelog.topic, changelog.partition)
    const from = nextChange(db, changelog, offsets.starts)
    const end = changelog.until ?? offsets.ends.get(id)!
    if (from >= end) continue
    open.set(id, { changelog, from, next: from, end })
    reader.seek(changelog.topic, changelog.partition, from)
  }
  const replay = new Replay(db, infos, now)
  const large = [...open.values()].reduce((sum, { from, end }) => sum + end - from, 0) > pace.largeRecords
  const note = (place: Place) => replay.note(place, large ? place.end : undefined)
  const checkpoint = async () => {
    await replay.end()
    await db.settle()
    for (const one of open.values()) note(one)
    await replay.end()
    await db.settle()
  }
  try {
    // Behind a position, however old, it is known what the store may hold; with none a store is taken to be empty.
    if (large) await checkpoint()
    let unchecked = 0
    while (open.size > 0 && !signal.aborted) {
      const waiting = wake.wait()
      const polled = reader.poll()
      if (polled.length === 0) await waiting
      for (const fetched of polled) {
        const { topic, partition } = fetched
        const one = open.get(partitionId(topic, partition))
        if (one === undefined) continue
        replay.take(one, fetched)
        if (!large || one.next >= one.end) note(one)
        tell({ store: one.changelog.store.name, partition, done: one.next - one.from, total: one.end - one.from })
        if (one.next >= one.end) {
          open.delete(partitionId(topic, partition))
          reader.drop(topic, partition)
        }
      }
      if (replay.bytes >= pace.batchBytes || open.size === 0) {
        unchecked += replay.bytes
        await replay.send()
      }
      if (large && unchecked >= pace.checkpointBytes && open.size > 0) {
        await checkpoint()
        unchecked = 0
      }
    }
    for (const one of open.values()) note(one)
    await replay.end()
  } finally {
    signal.removeEventListener('abort', wake.call)
    await reader.close()
    await replay.close()
  }
}

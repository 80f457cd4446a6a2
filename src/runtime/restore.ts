import type { Log, TopicInfo } from '../log/log.js'
import { signalled } from '../log/wake.js'
import { partitionId } from '../record.js'
import type { StateDb } from '../store/state-db.js'
import { nextChange, type Changelog } from './changelog.js'
import type { RestoreProgress } from './options.js'
import { Replay, type Place } from './replay.js'
import type { TaskState } from './task-state.js'

/** How a restore goes on, in bytes of keys and values. */
export interface RestorePace {
  /** Bytes of a batch. Larger ones are slower: the next one waits longer for its turn. */
  readonly batchBytes: number
  /** More records than this are a large restore, which fills a database, or writes positions at checkpoints only. */
  readonly largeRecords: number
  /** Bytes between two checkpoints: what a death may cost. */
  readonly checkpointBytes: number
  /** Bytes of the tables that a database is filled with, where keys come in order. */
  readonly tableBytes: number
}

export const usualPace: RestorePace = {
  batchBytes: 512 << 10,
  largeRecords: 100_000,
  checkpointBytes: 32 << 20,
  tableBytes: 1 << 20,
}

/** What is to be restored of a task, and how. */
export interface Restoring {
  readonly log: Log
  readonly changelogs: readonly Changelog[]
  readonly infos: ReadonlyMap<string, TopicInfo>
  /** Of the changelogs, by partition: the ends are where to come to. */
  readonly starts: ReadonlyMap<string, number>
  readonly ends: ReadonlyMap<string, number>
  readonly tell: (progress: RestoreProgress) => void
  readonly now: () => number
  readonly signal: AbortSignal
  readonly pace: RestorePace
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
export async function restore(restoring: Restoring, db: StateDb): Promise<void> {
  const { infos, now, pace } = restoring
  const places = placesOf(restoring, db)
  const large = isLarge(places, pace)
  const replay = new Replay(db, infos, now)
  const note = (place: Place) => replay.note(place, large ? place.end : undefined)
  const noteOpen = () => places.filter(isOpen).forEach(note)
  const checkpoint = async () => {
    await replay.end()
    await db.settle()
    noteOpen()
    await replay.end()
    await db.settle()
  }
  try {
    // Behind a position, however old, it is known what the store may hold; with none a store is taken to be empty.
    if (large) await checkpoint()
    let unchecked = 0
    const taken = (place: Place) => {
      if (!large || !isOpen(place)) note(place)
    }
    await readThrough(restoring, places, replay, taken, pace.batchBytes, async () => {
      unchecked += replay.bytes
      await replay.send()
      if (large && unchecked >= pace.checkpointBytes && places.some(isOpen)) {
        await checkpoint()
        unchecked = 0
      }
      return true
    })
    noteOpen()
    await replay.end()
  } finally {
    await replay.close()
  }
}

/**
 * Does most of a large restore of a state that holds nothing yet: fills a database with whole tables, which costs a third to
 * a half of what LevelDB's own way takes. Positions are exact, for what is kept is kept as of one moment. Once it has kept
 * something, a restore goes on from there.
 *
 * @returns whether the state is another database now
 */
export async function fill(restoring: Restoring, state: TaskState): Promise<boolean> {
  const { changelogs, infos, now, pace, signal } = restoring
  const places = placesOf(restoring, state.db)
  if (!isLarge(places, pace) || changelogs.some(({ store }) => store.restoresByReading === true)) return false
  const filling = await state.fill()
  if (filling === undefined) return false
  const replay = new Replay(filling, infos, now)
  let isKept = false
  const keep = async () => {
    for (const place of places) replay.note(place)
    await replay.end()
    await filling.keep()
    isKept = true
  }
  try {
    let bytes = 0
    let keepAt = pace.checkpointBytes
    await readThrough(
      restoring,
      places,
      replay,
      () => {},
      pace.tableBytes,
      async () => {
        bytes += replay.bytes
        await replay.send()
        // Each time is one more table that overlaps others. So a death costs no more than what was done before it.
        if (bytes >= keepAt) {
          await keep()
          keepAt = bytes * 2
        }
        return !filling.isFull
      },
    )
    // What was kept is gone on from the usual way: a little of it costs more than it saves.
    if (signal.aborted && !isKept) return false
    await keep()
  } finally {
    await replay.close()
    if (isKept) await state.openFilled(filling)
  }
  return true
}

/** Where the changelogs are that have something to take. */
function placesOf({ changelogs, starts, ends }: Restoring, db: StateDb): Place[] {
  return changelogs
    .map((changelog): Place => {
      const from = nextChange(db, changelog, starts)
      const end = changelog.until ?? ends.get(partitionId(changelog.topic, changelog.partition))!
      return { changelog, from, next: from, end }
    })
    .filter(isOpen)
}

const isOpen = ({ next, end }: Place): boolean => next < end

function isLarge(places: readonly Place[], { largeRecords }: RestorePace): boolean {
  return places.reduce((sum, { from, end }) => sum + end - from, 0) > largeRecords
}

/**
 * Takes in what there is, until all places are at their ends, it is given up, or `full` answers that it is enough.
 *
 * @param taken called for a place that has gone on
 * @param full called where so many bytes were taken since they were sent, and at the end
 */
async function readThrough(
  { log, tell, signal }: Restoring,
  places: readonly Place[],
  replay: Replay,
  taken: (place: Place) => void,
  bytes: number,
  full: () => Promise<boolean>,
): Promise<void> {
  const open = new Map(places.map(place => [partitionId(place.changelog.topic, place.changelog.partition), place]))
  const wake = signalled()
  const reader = log.reader({ isolation: 'read_committed', onReady: wake.call })
  signal.addEventListener('abort', wake.call)
  try {
    for (const { changelog, next } of places) reader.seek(changelog.topic, changelog.partition, next)
    let goesOn = true
    while (goesOn && open.size > 0 && !signal.aborted) {
      const waiting = wake.wait()
      const polled = reader.poll()
      if (polled.length === 0) await waiting
      for (const fetched of polled) {
        const { topic, partition } = fetched
        const place = open.get(partitionId(topic, partition))
        if (place === undefined) continue
        replay.take(place, fetched)
        taken(place)
        const { changelog, from, next, end } = place
        tell({ store: changelog.store.name, partition, done: next - from, total: end - from })
        if (isOpen(place)) continue
        open.delete(partitionId(topic, partition))
        reader.drop(topic, partition)
      }
      if (replay.bytes >= bytes || open.size === 0) goesOn = await full()
    }
  } finally {
    signal.removeEventListener('abort', wake.call)
    await reader.close()
  }
}

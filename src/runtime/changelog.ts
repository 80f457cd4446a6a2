import type { TopicInfo } from '../log/log.js'
import { partitionId } from '../record.js'
import type { Serde } from '../serde/serde.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StateDb, StateWrites } from '../store/state-db.js'
import { mayGoOn, type StoredPosition } from './stored-position.js'

/** A store and the partition that its changes are kept in. */
export interface Changelog {
  readonly store: ManagedStore
  readonly topic: string
  readonly partition: number
  /** For a table whose source topic is its changelog: the position of the task, behind which nothing was taken in yet. */
  readonly until: number | undefined
  /** Whether a record of the topic is one of the store's changes; all are, where it is left out. */
  readonly readable?: ((key: Uint8Array, value: Uint8Array | null) => boolean) | undefined
  /** Set where others write the topic: how the store writes what they may write otherwise, such as JSON with spaces. */
  readonly key?: Serde<any>
}

/** How far a store has taken its changelog in: kept beside the store, written with it. */
interface ChangelogPosition extends StoredPosition {
  /** Set where a transaction ends at the offset: that is no change, and takes an offset as one does. */
  readonly endsTransaction?: true
  /** Changes behind the offset may be in the store too, up to here; none where it is left out. */
  readonly until?: number
}

/** Where the positions of changelogs lie, by store. */
export const positionsStore: string = '~changelogs'

export function putPosition(batch: StateWrites, changelog: Changelog, position: ChangelogPosition): void {
  batch.put(positionsStore, Buffer.from(changelog.store.name), Buffer.from(JSON.stringify(position)))
}

function positionOf(db: StateDb, changelog: Changelog): ChangelogPosition | undefined {
  const bytes = db.store(positionsStore).get(Buffer.from(changelog.store.name))
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as ChangelogPosition)
}

/** The next change that a store has to take: the first one that there is, where it has none yet. */
export function nextChange(db: StateDb, changelog: Changelog, starts: ReadonlyMap<string, number>): number {
  return positionOf(db, changelog)?.offset ?? starts.get(partitionId(changelog.topic, changelog.partition))!
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
    const [start, end] = [starts.get(id)!, ends.get(id)!]
    const seen = position.offset + (position.endsTransaction === true ? 1 : 0)
    const hasAll = seen >= (changelog.until ?? end)
    return mayGoOn(position, info, [start, end], hasAll, now) && (position.until ?? 0) <= end
  })
}

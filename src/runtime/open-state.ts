import type { Isolation, Log, Position, TopicInfo } from '../log/log.js'
import { partitionId } from '../record.js'
import { createStore } from '../store/create-store.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StateDb, StateStore } from '../store/state-db.js'
import type { TaskSpec } from '../topology/cut.js'
import type { StoreSpec } from '../topology/spec.js'
import { restorable, type Changelog } from './changelog.js'
import type { Counters } from './counters.js'
import { givenUp } from './given-up.js'
import type { RestoreProgress, Settings } from './options.js'
import type { Plan } from './plan.js'
import { fill, restore, usualPace } from './restore.js'
import type { StateHome } from './state-home.js'
import type { TaskState } from './task-state.js'

export interface StateParts {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly plan: Plan
  readonly planned: TaskSpec
}

/** The stores of a task over its state, and where the changes of each are kept. */
export interface Stores {
  readonly stores: ReadonlyMap<string, ManagedStore>
  readonly changelogs: readonly Changelog[]
  /** The first offset still held of each changelog. */
  readonly starts: ReadonlyMap<string, number>
}

/** How state is brought up to date. */
export interface Update {
  /** Positions of the task's inputs: a table whose source topic is its changelog gets no further. */
  readonly positions: ReadonlyMap<string, Position>
  /** The changelog topics as they are. */
  readonly infos: ReadonlyMap<string, TopicInfo>
  /** Which ends are gone to. */
  readonly to: Isolation
  /** Memory for the stores of all tasks together. */
  readonly cacheBytes: number
  readonly tell: (progress: RestoreProgress) => void
  readonly signal: AbortSignal
}

/**
 * Brings the state of a task up to the end of its changelogs: first set aside and built from nothing, where it does not fit
 * them. For a task that is about to begin, and for a standby.
 *
 * @throws SluiceError STATE_LOCKED, STATE_FOREIGN, STATE_DAMAGED, BROKER, CORRUPT; NOT_RUNNING where the signal gave it up
 */
export async function bringUpToDate(parts: StateParts, state: TaskState, update: Update): Promise<Stores> {
  const { log, home, settings, planned } = parts
  const { positions, infos, to, cacheBytes, tell, signal } = update
  const { clock } = settings
  const make = (): Pick<Stores, 'stores' | 'changelogs'> => {
    const stores = makeStores(parts, state.db, cacheBytes)
    return { stores, changelogs: home.changelogs ? changelogsOf(parts, stores, positions) : [] }
  }
  let made = make()
  if (!home.changelogs) return { ...made, starts: new Map() }
  // A position may lie behind the end of what is readable, where an old owner's transaction is still open.
  const all = await log.endOffsets(made.changelogs, 'read_uncommitted')
  const ends = to === 'read_uncommitted' ? all : await log.endOffsets(made.changelogs, to)
  const starts = await log.startOffsets(made.changelogs)
  if (!restorable(state.db, made.changelogs, infos, starts, all, clock.now())) {
    parts.counters.add('state_set_aside', planned.name)
    await state.beginAnew(signal)
    made = make()
  }
  const restoring = { log, infos, starts, ends, tell, now: () => clock.now(), signal, pace: usualPace }
  if (await fill({ ...restoring, changelogs: made.changelogs }, state)) made = make()
  // Not even a position is written then: a fill that kept nothing can be begun again.
  if (signal.aborted) throw givenUp(planned.name)
  await restore({ ...restoring, changelogs: made.changelogs }, state.db)
  // A restore that was given up has left half of the state: operators must not begin with it, effects above all.
  if (signal.aborted) throw givenUp(planned.name)
  return { ...made, starts }
}

/** A log with state of its own holds the stores of all tasks side by side. */
export function stateOf({ plan, planned, home }: StateParts, db: StateDb, store: string): StateStore {
  return db.store(home.changelogs ? store : stateName(plan.spec.application, store, planned.partition))
}

/** What a store is called on a log with state of its own. */
export function stateName(application: string, store: string, partition: number): string {
  return `${application}/${store}/${partition}`
}

function makeStores(parts: StateParts, db: StateDb, cacheBytes: number): Map<string, ManagedStore> {
  const { plan, planned } = parts
  const { nodes } = plan.spec
  // What a flush forwards belongs to no single record, so nothing could be put on a dead-letter topic: no cache then.
  const deadLetters = nodes.some(({ onFailure }) => onFailure.kind === 'dead-letter')
  return new Map(
    planned.sub.stores.map((spec: StoreSpec) => [
      spec.name,
      createStore(spec, {
        db: stateOf(parts, db, spec.name),
        beside: suffix => stateOf(parts, db, spec.name + suffix),
        cache: spec.cache && cacheBytes > 0 && !deadLetters,
        cacheBytes: Math.floor(cacheBytes / plan.storeCount),
      }),
    ]),
  )
}

/** @param positions of the task: a table whose source topic is its changelog gets no further */
export function changelogsOf(
  { plan, planned }: StateParts,
  stores: ReadonlyMap<string, ManagedStore>,
  positions: ReadonlyMap<string, Position>,
): Changelog[] {
  const { partition } = planned
  return planned.sub.stores.flatMap((spec: StoreSpec): Changelog[] => {
    if (spec.changelog === false) return []
    const store = stores.get(spec.name)!
    if (spec.changelog === true) return [{ store, topic: plan.changelogTopic(spec.name), partition, until: undefined }]
    const topic = spec.changelog.source
    // Beside a topic of more partitions, a task may have none of the table's: its store stays empty.
    if (!planned.inputs.some(input => input.topic === topic)) return []
    const until = positions.get(partitionId(topic, partition))?.offset ?? 0
    return [{ store, topic, partition, until, readable: readableBy(planned, topic), key: spec.key }]
  })
}

/**
 * What a table took of its source topic: all of it, unless records that do not decode may pass by. Those are in the topic
 * and never were in the table.
 */
function readableBy({ sub }: TaskSpec, topic: string): Changelog['readable'] {
  const source = sub.sources.find(({ topics }) => Array.isArray(topics) && topics.includes(topic))
  if (source === undefined || source.onFailure.kind === 'stop') return undefined
  return (key, value) => {
    try {
      source.key.deserialize(key)
      if (value !== null) source.value.deserialize(value)
      return true
    } catch {
      return false
    }
  }
}

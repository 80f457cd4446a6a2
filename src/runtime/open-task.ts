import { SluiceError } from '../errors.js'
import type { Log, Position } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import { createStore } from '../store/create-store.js'
import type { ManagedStore } from '../store/key-value.js'
import { MemoryStateDb } from '../store/memory-db.js'
import { SplitStateDb } from '../store/split-db.js'
import type { StateDb, StateStore } from '../store/state-db.js'
import type { TaskSpec } from '../topology/cut.js'
import type { StoreSpec } from '../topology/spec.js'
import { steadyTime } from '../time.js'
import type { Counters } from './counters.js'
import { firstOffset } from './first-offset.js'
import type { Settings } from './options.js'
import type { Outbox } from './outbox.js'
import type { Plan } from './plan.js'
import { resetting } from './position-metadata.js'
import { positionsStore, restorable, restore, type Changelog } from './restore.js'
import type { StateHome } from './state-home.js'
import { Task } from './task.js'
import type { TopicSizes } from './topic-sizes.js'

/** A task with its state, ready to run. */
export interface OpenTask {
  readonly task: Task
  readonly db: StateDb
  /** Where the changes of its stores are kept. */
  readonly changelogs: readonly Changelog[]
  /** Those of them that the task writes, by store. */
  readonly writes: ReadonlyMap<string, Changelog>
  readonly topicIds: ReadonlyMap<string, string>
  /** The committed bytes of a store. */
  stateOf(store: string): StateStore
  /** Positions as of the last commit; empty before the first. */
  committed: readonly (TopicPartition & Position)[]
  close(): Promise<void>
}

export interface OpenTaskParts {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly counters: Counters
  readonly plan: Plan
  readonly planned: TaskSpec
  readonly outbox: Outbox
  /** Global tables, by name. */
  readonly globals: ReadonlyMap<string, ManagedStore>
  readonly sizes: TopicSizes
  readonly signal: AbortSignal
  /** Something came in from outside for the task. */
  readonly wake: () => void
}

/**
 * Opens a task's state, brings it up to date and finds where its inputs go on. The positions are read first: that waits
 * for a former owner's open transaction, whose changes the restore must not miss.
 *
 * @throws SluiceError STATE_LOCKED, STATE_FOREIGN, STATE_DAMAGED, BROKER, CORRUPT; NOT_RUNNING where `signal` gave it up
 */
export async function openTask(parts: OpenTaskParts): Promise<OpenTask> {
  const { log, home, settings, plan, planned, signal } = parts
  const positions = await startPositions(log, plan, planned)
  const ends = await log.endOffsets(planned.inputs, 'read_committed')
  let disk = await home.open(planned.name, signal)
  try {
    let db = withMemory(parts, disk)
    let stores = makeStores(parts, db)
    const topicIds = new Map([...plan.changelogs].map(([topic, { id }]) => [topic, id]))
    let changelogs: Changelog[] = []
    if (home.changelogs) {
      changelogs = changelogsOf(parts, stores, positions)
      const changelogEnds = await log.endOffsets(changelogs, 'read_uncommitted')
      const starts = await log.startOffsets(changelogs)
      if (!restorable(db, changelogs, plan.changelogs, starts, changelogEnds, settings.clock.now())) {
        parts.counters.add('state_set_aside', planned.name)
        await home.setAside(planned.name, disk)
        disk = await home.open(planned.name, signal)
        db = withMemory(parts, disk)
        stores = makeStores(parts, db)
        changelogs = changelogsOf(parts, stores, positions)
      }
      const { onRestore, clock } = settings
      const offsets = { starts, ends: changelogEnds }
      await restore(log, db, changelogs, plan.changelogs, offsets, onRestore, () => clock.now(), signal)
      // A restore that was given up has left half of the state: operators must not begin with it, effects above all.
      if (signal.aborted) throw givenUp(planned.name)
    }
    const written = changelogs.filter(({ until }) => until === undefined)
    const writes = new Map(written.map(changelog => [changelog.store.name, changelog]))
    const { application } = plan.spec
    const { sub, partition, inputs } = planned
    const { maxPartitionBytes, clock } = settings
    const times = { now: () => clock.now(), steady: () => steadyTime(clock) }
    const task = new Task({ ...parts, ...times, application, sub, partition, inputs, stores, maxPartitionBytes })
    task.begin(positions, ends)
    await begun(task)
    const opened = db
    const state = (store: string): StateStore => stateOf(parts, opened, store)
    const close = () => task.close().finally(() => home.release(disk))
    return { task, db, changelogs, writes, topicIds, stateOf: state, committed: [], close }
  } catch (error) {
    await home.release(disk)
    throw error
  }
}

/** @throws what an operator could not begin with; the others have heard of the end by then */
async function begun(task: Task): Promise<void> {
  try {
    await task.started()
  } catch (error) {
    await task.close().catch(() => {})
    throw error
  }
}

function halfReset(application: string): SluiceError {
  return new SluiceError(
    'STATE_DAMAGED',
    `a reset of "${application}" was broken off: its state and positions do not fit`,
    {
      hint: 'run it again, with all instances stopped: sluice reset <module>',
    },
  )
}

function givenUp(task: string): SluiceError {
  return new SluiceError('NOT_RUNNING', 'the task goes elsewhere before its state is restored', { place: { task } })
}

/** A log with state of its own holds the stores of all tasks side by side. */
function stateOf({ plan, planned, home }: OpenTaskParts, db: StateDb, store: string): StateStore {
  return db.store(home.changelogs ? store : `${plan.spec.application}/${store}/${planned.partition}`)
}

/**
 * Stores that lie in memory are restored from their changelogs each time. A log with state of its own has none, so there
 * they lie with the others.
 */
function withMemory({ home, planned }: OpenTaskParts, disk: StateDb): StateDb {
  const inMemory = planned.sub.stores.filter(spec => spec.in === 'memory').map(({ name }) => name)
  if (inMemory.length === 0 || !home.changelogs) return disk
  const isOf = (name: string) => inMemory.some(store => name === store || name.startsWith(`${store}~`))
  return new SplitStateDb(disk, new MemoryStateDb(), (store, key) =>
    store === positionsStore ? isOf(Buffer.from(key).toString()) : isOf(store),
  )
}

function makeStores(parts: OpenTaskParts, db: StateDb): Map<string, ManagedStore> {
  const { plan, planned, settings } = parts
  const { nodes } = plan.spec
  // What a flush forwards belongs to no single record, so nothing could be put on a dead-letter topic: no cache then.
  const deadLetters = nodes.some(({ onFailure }) => onFailure.kind === 'dead-letter')
  return new Map(
    planned.sub.stores.map((spec: StoreSpec) => [
      spec.name,
      createStore(spec, {
        db: stateOf(parts, db, spec.name),
        beside: suffix => stateOf(parts, db, spec.name + suffix),
        cache: spec.cache && settings.cacheBytes > 0 && !deadLetters,
        cacheBytes: Math.floor(settings.cacheBytes / plan.storeCount),
      }),
    ]),
  )
}

function changelogsOf(
  { plan, planned }: OpenTaskParts,
  stores: ReadonlyMap<string, ManagedStore>,
  positions: ReadonlyMap<string, Position>,
): Changelog[] {
  const { partition } = planned
  return planned.sub.stores.flatMap((spec: StoreSpec): Changelog[] => {
    if (spec.changelog === false) return []
    const store = stores.get(spec.name)!
    if (spec.changelog === true) return [{ store, topic: plan.changelogTopic(spec.name), partition, until: undefined }]
    const topic = spec.changelog.source
    const until = positions.get(partitionId(topic, partition))!.offset
    return [{ store, topic, partition, until, readable: readableBy(planned, topic) }]
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

/** The committed positions; where there is none, what the source says about where to begin. */
async function startPositions(log: Log, plan: Plan, planned: TaskSpec): Promise<ReadonlyMap<string, Position>> {
  const { application } = plan.spec
  const committed = await log.committed(application, planned.inputs)
  if ([...committed.values()].some(({ metadata }) => metadata === resetting)) throw halfReset(application)
  const positions = new Map(committed)
  const fresh = planned.inputs.filter(({ topic, partition }) => !committed.has(partitionId(topic, partition)))
  for (const input of fresh) {
    const node = planned.sub.sources.find(each => each.name === input.source)!
    const offset = await firstOffset(log, node, input, plan.startedAt)
    positions.set(partitionId(input.topic, input.partition), { offset, metadata: '' })
  }
  return positions
}

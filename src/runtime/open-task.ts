import { SluiceError } from '../errors.js'
import type { Position } from '../log/log.js'
import { partitionId, type TopicPartition } from '../record.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StateDb, StateStore } from '../store/state-db.js'
import { steadyTime } from '../time.js'
import type { TaskInput } from '../topology/cut.js'
import type { Changelog } from './changelog.js'
import { firstOffset } from './first-offset.js'
import { unlessGivenUp } from './given-up.js'
import { keptStores, refuseOtherKinds } from './kept-stores.js'
import { leftStores, refuseLeft } from './left-waiting.js'
import { refuseMissingRows } from './missing-rows.js'
import { bringUpToDate, stateOf, type StateParts } from './open-state.js'
import type { Outbox } from './outbox.js'
import type { Plan } from './plan.js'
import { resetting } from './position-metadata.js'
import { fitSourceTables } from './source-tables.js'
import { Task } from './task.js'
import { TaskState } from './task-state.js'
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

export interface OpenTaskParts extends StateParts {
  /** The topics as they were when the pipeline was started. */
  readonly firstPlan: Plan
  readonly outbox: Outbox
  /** Global tables, by name. */
  readonly globals: ReadonlyMap<string, ManagedStore>
  readonly sizes: TopicSizes
  /** Ends the standby of the task that was here, and answers its state. */
  readonly standby: () => Promise<TaskState | undefined>
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
  const positions = await unlessGivenUp(startPositions(parts), planned.name, signal)
  const ends = await log.endOffsets(planned.inputs, 'read_committed')
  const state = (await parts.standby()) ?? new TaskState(home, planned)
  try {
    await state.open(signal)
    const { onRestore: tell, cacheBytes, maxPartitionBytes, clock } = settings
    const infos = plan.changelogs
    const update = { positions, infos, to: 'read_uncommitted', cacheBytes, tell, signal } as const
    const { stores, changelogs } = await bringUpToDate(parts, state, update)
    const { db } = state
    for (const store of stores.values()) store.fits?.()
    if (!home.changelogs) await fitSourceTables(parts, db, stores, positions, tell, signal)
    const topicIds = new Map([...infos].map(([topic, { id }]) => [topic, id]))
    const written = changelogs.filter(({ until }) => until === undefined)
    const writes = new Map(written.map(changelog => [changelog.store.name, changelog]))
    const kept = keptStores(planned.sub)
    const { application } = plan.spec
    const { sub, partition, inputs } = planned
    const times = { now: () => clock.now(), steady: () => steadyTime(clock) }
    const task = new Task({ ...parts, ...times, application, sub, partition, inputs, stores, kept, maxPartitionBytes })
    task.begin(positions, ends)
    await begun(task)
    const committed = (store: string): StateStore => stateOf(parts, db, store)
    const close = () => task.close().finally(() => state.release())
    return { task, db, changelogs, writes, topicIds, stateOf: committed, committed: [], close }
  } catch (error) {
    await state.release()
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

/** The committed positions; where there is none, what the source says about where to begin. */
async function startPositions({
  log,
  plan,
  planned,
  firstPlan,
  signal,
}: OpenTaskParts): Promise<ReadonlyMap<string, Position>> {
  const { application } = plan.spec
  // A reset that was broken off has marked the positions of what is not internal. A task that has none of them looks at
  // another's, who is at work: a reset is not.
  const internal = new Set(plan.spec.repartitions.map(({ topic }) => topic))
  const mayBeMarked = (topic: string): boolean => !internal.has(topic)
  const own = planned.inputs.some(({ topic }) => mayBeMarked(topic))
  const marks = own ? [] : plan.topics.filter(mayBeMarked).slice(0, 1)
  const [committed, others] = await Promise.all([
    log.committed(application, planned.inputs),
    log.committed(
      application,
      marks.map(topic => ({ topic, partition: 0 })),
      'now',
    ),
  ])
  const found = [...committed.values(), ...others.values()]
  if (found.some(({ metadata }) => metadata === resetting)) throw halfReset(application)
  await refuseLeft(log, plan.spec, leftStores(plan.spec, planned.inputs, committed), signal)
  await refuseMissingRows(log, planned, committed)
  refuseOtherKinds(planned, committed)
  const positions = new Map(committed)
  const fresh = planned.inputs.filter(({ topic, partition }) => !committed.has(partitionId(topic, partition)))
  // All at a time: a pattern may have hundreds of topics.
  const begin = async (input: TaskInput): Promise<void> => {
    const node = planned.sub.sources.find(each => each.name === input.source)!
    // What came to be while the pipeline runs is read from its beginning.
    const isNew = input.partition >= (firstPlan.sizes.get(input.topic) ?? 0)
    const offset = await firstOffset(log, isNew ? 'earliest' : node.from, input, plan.startedAt)
    positions.set(partitionId(input.topic, input.partition), { offset, metadata: '' })
  }
  await Promise.all(fresh.map(begin))
  return positions
}

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '../errors.js'
import type { Log, Position } from '../log/log.js'
import { partitionsOf } from '../log/partitions-of.js'
import type { TopicPartition } from '../record.js'
import type { StateBatch, StateDb } from '../store/state-db.js'
import { suffixes } from '../store/suffixes.js'
import { cut, partitionCount, type CutTopology } from '../topology/cut.js'
import type { TopologySpec } from '../topology/spec.js'
import { keptByLog } from '../topology/kept-by-log.js'
import { formerPriorityTopics } from '../topology/priority-topics.js'
import { changelogTopic, topicsOf } from '../topology/topics.js'
import { firstOffset } from './first-offset.js'
import { leftStores } from './left-waiting.js'
import { stateName } from './open-state.js'
import { resetting } from './position-metadata.js'
import { stateHome } from './state-home.js'
import { forgetStorePartitions, storePartitions } from './store-partitions.js'

/** What makes an application begin anew. */
export interface Reset {
  readonly application: string
  /** Where its inputs begin again. */
  readonly positions: readonly (TopicPartition & Position)[]
  /** Internal topics, which are deleted. */
  readonly topics: readonly string[]
  /** The directory with its state, which is deleted; none where the log holds the state. */
  readonly directory: string | undefined
}

/**
 * Looks at what an application has on this log and in this state directory, asks, and makes it begin anew: positions first,
 * then internal topics, then state. The positions say so until all is done: broken off in between, the application refuses
 * to start, wherever, until it was reset again. Other machines' state is set aside when they start, because its topics are
 * others.
 *
 * @param agreed is told what will be done; `false`: nothing is
 * @throws SluiceError STATE_LOCKED, STATE_FOREIGN; FENCED while instances run
 */
export async function reset(
  log: Log,
  spec: TopologySpec,
  stateDir: string,
  agreed: (plan: Reset) => Promise<boolean>,
): Promise<boolean> {
  const { application } = spec
  const topology = cut(log.state === undefined ? spec : keptByLog(spec))
  const home = await stateHome(log, application, stateDir)
  try {
    const infos = await log.topics.describe(await log.topics.list())
    const all = infos.flatMap(partitionsOf)
    // Waits for what a dead instance has left half committed.
    const left = leftStores(spec, all, await log.committed(application, all))
    const sizes = new Map(infos.map(({ name, partitions }) => [name, partitions]))
    const former = formerPriorityTopics(spec, sizes.keys())
    const waited = left.map(({ name }) => changelogTopic(application, name))
    const made = [...new Set([...internalTopics(topology), ...waited])]
    const internal = [...made.filter(topic => sizes.has(topic)), ...former]
    const positions = await beginnings(log, topology, sizes, new Set(internal))
    const directory = log.kind === 'kafka' ? join(stateDir, application, 'tasks') : undefined
    if (!(await agreed({ application, positions, topics: internal, directory }))) return false

    const state = log.state?.batch()
    if (log.state !== undefined && state !== undefined) {
      clearState(log.state, state, topology, sizes)
      for (const { name, partition } of left) {
        forgetStorePartitions(state, application, name)
        state.clear(stateName(application, name, partition))
      }
    }
    const isKept = ({ topic }: TopicPartition): boolean => !internal.includes(topic)
    const marked = positions.map(position => (isKept(position) ? { ...position, metadata: resetting } : position))
    await commit(log, application, marked, state)
    if (internal.length > 0) await log.topics.delete(internal)
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
    await commit(log, application, positions.filter(isKept), undefined)
    return true
  } finally {
    await home.close()
  }
}

function internalTopics({ spec, subs }: CutTopology): readonly string[] {
  const changelogs = subs.flatMap(sub => sub.changelogs.filter(({ isSource }) => !isSource))
  return [...spec.repartitions, ...changelogs].map(({ topic }) => topic)
}

/** Internal topics begin with their first record, which they do not have yet; all others where their sources say. */
async function beginnings(
  log: Log,
  { spec, subs }: CutTopology,
  sizes: ReadonlyMap<string, number>,
  internal: ReadonlySet<string>,
): Promise<readonly (TopicPartition & Position)[]> {
  const positions: (TopicPartition & Position)[] = []
  for (const source of subs.flatMap(sub => sub.sources)) {
    for (const topic of topicsOf(source, spec.application, sizes.keys())) {
      for (let partition = 0; partition < (sizes.get(topic) ?? 0); partition++) {
        const at = { topic, partition }
        const offset = internal.has(topic) ? 0 : await firstOffset(log, source.from, at, Date.now())
        positions.push({ ...at, offset, metadata: '' })
      }
    }
  }
  return positions
}

function clearState(
  state: StateDb,
  batch: StateBatch,
  { spec, subs }: CutTopology,
  sizes: ReadonlyMap<string, number>,
): void {
  for (const sub of subs) {
    const present = partitionCount(sub, spec.application, sizes)
    for (const { name } of sub.stores) {
      const partitions = Math.max(present, storePartitions(state, spec.application, name) ?? 0)
      forgetStorePartitions(batch, spec.application, name)
      for (const suffix of ['', ...suffixes]) {
        for (let partition = 0; partition < partitions; partition++) {
          batch.clear(stateName(spec.application, name + suffix, partition))
        }
      }
    }
  }
}

async function commit(
  log: Log,
  group: string,
  positions: Reset['positions'],
  state: StateBatch | undefined,
): Promise<void> {
  const producer = log.producer({})
  try {
    await producer.init()
    await producer.commit({ group, positions, ...(state === undefined ? {} : { state }) })
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'FENCED')) throw error
    throw new SluiceError('FENCED', `"${group}" still has instances: their positions cannot be set back`, {
      cause: error,
      hint: 'stop them all; one that was killed is out of the group when its session has ended (45 s by default)',
    })
  } finally {
    await producer.close()
  }
}

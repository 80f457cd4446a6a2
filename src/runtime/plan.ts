import { SluiceError } from '../errors.js'
import { batchLimits } from '../log/batch-limits.js'
import type { Log, TopicInfo, TopicSpec } from '../log/log.js'
import { checkTopics, namedTopics } from '../topology/check.js'
import { partitionCount, tasksOf, type CutTopology, type TaskSpec } from '../topology/cut.js'
import { placementOf, type Placement } from '../topology/placement.js'
import type { TopologySpec } from '../topology/spec.js'
import { isPattern, reads, topicsOf } from '../topology/topics.js'
import { refuseLostChangelogs } from './lost-changelogs.js'
import { keepStorePartitions } from './store-partitions.js'

/** A pipeline held against the topics of its log: which tasks there are, and what they read and write. */
export interface Plan {
  readonly spec: TopologySpec
  readonly cut: CutTopology
  readonly tasks: readonly TaskSpec[]
  readonly tasksByName: ReadonlyMap<string, TaskSpec>
  /** What the pipeline reads. */
  readonly topics: readonly string[]
  /** Number of partitions, by topic. */
  readonly sizes: ReadonlyMap<string, number>
  /** Ids of the topics that were there: one that is made again has another. */
  readonly ids: ReadonlyMap<string, string>
  /** The largest batch of what the pipeline writes to, where that is less than what the log takes. */
  readonly limits: ReadonlyMap<string, number>
  /** Changelog topics, with their settings. */
  readonly changelogs: ReadonlyMap<string, TopicInfo>
  /** Stores of all tasks together, at least 1. */
  readonly storeCount: number
  /** When the pipeline was started, in milliseconds since the epoch: what `from: '1h'` counts back from. */
  readonly startedAt: number
  changelogTopic(store: string): string
  partitionsOfStore(store: string): number
  placementOfStore(store: string): Placement
}

/**
 * Looks at the topics, makes the internal ones that are missing, and names the tasks.
 *
 * @throws SluiceError UNKNOWN_TOPIC, BAD_TOPOLOGY, TOPIC_MISMATCH, BROKER
 */
export async function makePlan(log: Log, cut: CutTopology, changelogs: boolean, startedAt: number): Promise<Plan> {
  const there = await log.topics.describe(await neededTopics(log, cut))
  const existing = new Map(there.map(({ name, partitions }) => [name, partitions]))
  const { partitions: sizes, missing } = checkTopics(cut, existing, { changelogs })
  if (log.state !== undefined) await keepStorePartitions(log.state, cut, sizes)
  if (missing.length > 0) {
    await refuseLostChangelogs(log, cut, sizes, new Set(missing.map(({ name }) => name)))
    await createOnce(log, missing)
  }
  const { spec } = cut
  const tasks = tasksOf(cut, sizes)
  const topics = [...new Set(tasks.flatMap(({ inputs }) => inputs.map(({ topic }) => topic)))]
  const logs = [...new Set(cut.subs.flatMap(sub => (changelogs ? sub.changelogs : [])).map(({ topic }) => topic))]
  const [infos, limits] = await Promise.all([
    log.topics.describe(logs, { config: true }),
    batchLimits(log, writtenTopics(spec, logs)),
  ])
  const topicOf = new Map(cut.subs.flatMap(sub => sub.changelogs.map(({ store, topic }) => [store, topic])))
  const subOf = (store: string) => cut.subs.find(({ stores }) => stores.some(({ name }) => name === store))!
  return {
    spec,
    cut,
    tasks,
    tasksByName: new Map(tasks.map(task => [task.name, task])),
    topics,
    sizes,
    ids: new Map(there.map(({ name, id }) => [name, id])),
    limits,
    changelogs: new Map(infos.map(info => [info.name, info])),
    storeCount: Math.max(
      1,
      tasks.reduce((sum, { sub }) => sum + sub.stores.length, 0),
    ),
    startedAt,
    changelogTopic: store => topicOf.get(store)!,
    partitionsOfStore: store => partitionCount(subOf(store), spec.application, sizes),
    placementOfStore(store) {
      const of = subOf(store)
      return placementOf(
        tasks.filter(({ sub }) => sub === of),
        spec,
        sizes,
      )
    },
  }
}

/**
 * The topics that a pipeline reads, writes and makes. A cluster may have thousands of others, so all are listed only where a
 * pattern is read, and on a local log, which may make what it is asked for. A broker does not list what the user may not see:
 * asked for it by name, it says so.
 */
async function neededTopics(log: Log, { spec, subs }: CutTopology): Promise<readonly string[]> {
  const patterns = subs.flatMap(({ sources }) => sources.filter(({ topics }) => isPattern(topics)))
  const made = [...spec.repartitions, ...subs.flatMap(({ changelogs }) => changelogs)].map(({ topic }) => topic)
  const needed = new Set([...namedTopics(spec), ...made])
  if (log.kind === 'kafka' && patterns.length === 0) return [...needed]
  const listed = await log.topics.list()
  const found = patterns.flatMap(source => topicsOf(source, spec.application, listed))
  return [...new Set([...namedTopics(spec), ...found, ...listed.filter(topic => needed.has(topic))])]
}

/** Whether a pattern has found the topic, so that the pipeline does without it when it is gone. */
export function isByPattern({ cut: { subs }, spec }: Plan, topic: string | undefined): boolean {
  if (topic === undefined) return false
  const sources = subs.flatMap(sub => sub.sources)
  return sources.some(source => isPattern(source.topics) && reads(source, spec.application, topic))
}

function writtenTopics({ nodes }: TopologySpec, changelogs: readonly string[]): readonly string[] {
  const topics = new Set(changelogs)
  for (const node of nodes) {
    if (node.kind === 'sink' && typeof node.topic === 'string') topics.add(node.topic)
    if (node.onFailure.kind === 'dead-letter') topics.add(node.onFailure.topic)
  }
  return [...topics]
}

/** Another instance may be making them at this moment: that is as good. */
async function createOnce(log: Log, missing: readonly TopicSpec[]): Promise<void> {
  try {
    await log.topics.create(missing)
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'TOPIC_EXISTS')) throw error
    if (missing.length > 1) for (const topic of missing) await createOnce(log, [topic])
  }
}

import { SluiceError, counted, createTopic } from '../errors.js'
import type { TopicSpec } from '../log/log.js'
import { refuseUnfitPartners } from './copartition.js'
import { partitionCount, type CutTopology } from './cut.js'
import { repartitionCounts } from './repartition.js'
import type { GlobalTableSpec, NodeSpec, SinkSpec, SourceSpec, TopologySpec } from './spec.js'
import { isPattern, topicsOf } from './topics.js'

/** What a pipeline needs of the log, beside the topics that are there. */
export interface TopicPlan {
  /** The number of partitions of every topic, the repartition topics still to be made included. */
  readonly partitions: ReadonlyMap<string, number>
  /** Repartition and changelog topics, with their settings; `missing` are those that do not exist yet. */
  readonly internal: readonly TopicSpec[]
  readonly missing: readonly TopicSpec[]
}

export interface CheckOptions {
  /** Whether stores have changelog topics: not on a log that keeps the state itself. */
  readonly changelogs: boolean
}

/**
 * Holds a pipeline against the topics that exist (name → number of partitions), before anything runs.
 *
 * @throws SluiceError UNKNOWN_TOPIC for a topic that is read or written and does not exist; BAD_TOPOLOGY for inputs of a
 *   join whose partitions do not fit; TOPIC_MISMATCH for an internal topic with another number of partitions
 */
export function checkTopics(
  topology: CutTopology,
  existing: ReadonlyMap<string, number>,
  options: CheckOptions,
): TopicPlan {
  const { spec } = topology
  const made = new Set(spec.repartitions.map(({ topic }) => topic))
  const known = new Map(Array.from(existing).filter(([topic]) => !made.has(topic)))
  for (const node of spec.nodes) {
    for (const topic of topicsNamedBy(node)) {
      if (!known.has(topic) && !made.has(topic)) throw unknownTopic(topic, node)
    }
    if (node.kind === 'source') refuseEmptyPattern(node, spec.application, known)
  }

  for (const table of spec.globals ?? []) {
    const { topic, name, line } = table
    for (const needed of topicsOfGlobal(table)) {
      if (!known.has(needed))
        throw missing(needed, needed === topic ? 'reads' : 'sends its dead letters to', name, line)
    }
  }

  const counts = repartitionCounts(topology, known)
  const partitions = new Map([...known, ...counts])
  refuseUnfitPartners(spec, partitions)

  const internal = [
    ...spec.repartitions.map(({ topic }) => forRepartition(topic, partitions.get(topic)!)),
    ...(options.changelogs ? changelogTopics(topology, partitions) : []),
  ]
  for (const topic of internal) refuseOtherCount(topic, existing, spec.application)
  return { partitions, internal, missing: internal.filter(({ name }) => !existing.has(name)) }
}

/** The topics that a pipeline names and does not make. */
export function namedTopics(spec: TopologySpec): readonly string[] {
  const made = new Set(spec.repartitions.map(({ topic }) => topic))
  const named = [...spec.nodes.flatMap(topicsNamedBy), ...(spec.globals ?? []).flatMap(topicsOfGlobal)]
  return [...new Set(named)].filter(topic => !made.has(topic))
}

function topicsOfGlobal({ topic, onFailure }: GlobalTableSpec): readonly string[] {
  return onFailure.kind === 'dead-letter' ? [topic, onFailure.topic] : [topic]
}

function topicsNamedBy(node: NodeSpec): readonly string[] {
  const deadLetter = node.onFailure.kind === 'dead-letter' ? [node.onFailure.topic] : []
  if (node.kind === 'source') return isPattern(node.topics) ? deadLetter : [...node.topics, ...deadLetter]
  if (node.kind === 'sink' && typeof node.topic === 'string') return [node.topic, ...deadLetter]
  return deadLetter
}

/** Whatever a broker's defaults are: times are event times, and batches are as the engine can read them. */
const asWritten = { 'message.timestamp.type': 'CreateTime', 'compression.type': 'producer' }

/** Without retention: what is not yet processed must not go; the engine deletes records once they are. */
const repartitionConfig = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  ...asWritten,
}

function forRepartition(name: string, partitions: number): TopicSpec {
  return { name, partitions, config: repartitionConfig }
}

function changelogTopics({ spec, subs }: CutTopology, counts: ReadonlyMap<string, number>): readonly TopicSpec[] {
  return subs.flatMap(sub => {
    const partitions = partitionCount(sub, spec.application, counts)
    const made = sub.changelogs.filter(({ isSource }) => !isSource)
    return made.map(({ topic }) => ({ name: topic, partitions, config: changelogConfig }))
  })
}

/**
 * Never by time: what expires from a store gets a tombstone, whereas a broker would go by the event times of the records, and
 * delete what a replay of old events has written a minute ago.
 */
const changelogConfig = { 'cleanup.policy': 'compact', ...asWritten }

function refuseEmptyPattern(source: SourceSpec, application: string, known: ReadonlyMap<string, number>): void {
  if (!isPattern(source.topics) || topicsOf(source, application, known.keys()).length > 0) return
  throw new SluiceError('UNKNOWN_TOPIC', `no topic matches ${source.topics}`, {
    place: { operator: source.name, line: source.line },
    hint: 'sluice topics list shows what there is; sluice topics create <name> --partitions <n> makes one',
  })
}

function unknownTopic(topic: string, node: NodeSpec): SluiceError {
  return missing(topic, readOrWritten(topic, node), node.name, node.line)
}

function missing(topic: string, does: string, operator: string, line: string | undefined): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `the topic "${topic}", which the pipeline ${does}, does not exist`, {
    place: { topic, operator, line },
    hint: createTopic(topic),
  })
}

function readOrWritten(topic: string, node: NodeSpec): string {
  if (node.kind === 'source' && !isPattern(node.topics) && node.topics.includes(topic)) return 'reads'
  return (node as SinkSpec).topic === topic ? 'writes' : 'sends its dead letters to'
}

function refuseOtherCount(topic: TopicSpec, existing: ReadonlyMap<string, number>, application: string): void {
  const found = existing.get(topic.name)
  if (found === undefined || found === topic.partitions) return
  throw new SluiceError(
    'TOPIC_MISMATCH',
    `the internal topic "${topic.name}" has ${counted(found, 'partition')}, and the pipeline now needs ${topic.partitions}`,
    {
      place: { topic: topic.name },
      hint:
        `its records lie where ${counted(found, 'partition')} put them: go back to the former number (of the source topics, or of ` +
        `{ shards } or { partitions }); or let "${application}" begin anew: stop it, then sluice reset <module>`,
    },
  )
}

import { SluiceError } from '../errors.js'
import type { TopicPartition } from '../record.js'
import { Components } from './components.js'
import { refuseTooDeep } from './depth.js'
import { outputsOf, storesOf } from './needs.js'
import type { InputChoiceSpec, NodeSpec, SinkSpec, SourceSpec, StoreSpec, TopologySpec } from './spec.js'
import { changelogTopic, isPattern, topicsOf } from './topics.js'
import { zonesOf } from './zones.js'

/** What runs together in one task: nodes that are connected by edges or by stores. */
export interface SubTopology {
  /** The first of its source topics, without the application's prefix; the name of the node where that is a pattern. */
  readonly name: string
  /** In the order of the spec: parents first. */
  readonly nodes: readonly NodeSpec[]
  readonly sources: readonly SourceSpec[]
  readonly sinks: readonly SinkSpec[]
  readonly stores: readonly StoreSpec[]
  /** Stores with a changelog topic, and its name: `<application>-<store>-changelog`, or the topic a table reads. */
  readonly changelogs: readonly Changelog[]
  /** Sources that go by turns. */
  readonly choices: readonly InputChoiceSpec[]
  /** Where its tasks run, by turns; anywhere without. */
  readonly zones: readonly string[]
}

export interface Changelog {
  readonly store: string
  readonly topic: string
  /** Whether it is a topic that the pipeline reads anyway; it is not made and not written. */
  readonly isSource: boolean
}

/** A lowered pipeline in its parts. Who writes to a topic comes before who reads it, circles aside. */
export interface CutTopology {
  readonly spec: TopologySpec
  readonly subs: readonly SubTopology[]
}

/** One sub-topology on one partition. */
export interface TaskSpec {
  /** `<sub-topology>-<partition>` */
  readonly name: string
  readonly sub: SubTopology
  readonly partition: number
  /** What it reads; topics with fewer partitions have none for the last tasks. */
  readonly inputs: readonly TaskInput[]
  /** Where it runs as long as an instance is there. */
  readonly zone: string | undefined
}

export interface TaskInput extends TopicPartition {
  /** Name of the source node. */
  readonly source: string
}

/** Cuts a pipeline where its records go through topics. @throws SluiceError BAD_TOPOLOGY */
export function cut(spec: TopologySpec): CutTopology {
  refuseTooDeep(spec)
  const components = new Components()
  for (const node of spec.nodes) {
    for (const output of outputsOf(node)) components.join(node.name, output)
    if (node.kind !== 'source') for (const parent of node.parents) components.join(node.name, parent)
    for (const store of storesOf(node)) components.join(node.name, storeKey(store))
  }
  const roots = [...new Set(spec.nodes.map(node => components.of(node.name)))]
  const subs = roots.map(root =>
    subTopology(
      spec,
      spec.nodes.filter(node => components.of(node.name) === root),
    ),
  )
  refuseSameNames(subs)
  return { spec, subs: downstreamLast(subs) }
}

/** The tasks that a cut pipeline needs, given the number of partitions of every topic it reads. */
export function tasksOf({ spec, subs }: CutTopology, partitionsOf: ReadonlyMap<string, number>): readonly TaskSpec[] {
  return subs.flatMap(sub => {
    const topics = sub.sources.flatMap(source =>
      topicsOf(source, spec.application, partitionsOf.keys()).map(topic => ({ topic, source: source.name })),
    )
    return Array.from({ length: partitionCount(sub, spec.application, partitionsOf) }, (_, partition) => ({
      name: taskName(sub, partition),
      sub,
      partition,
      inputs: topics
        .filter(({ topic }) => partition < (partitionsOf.get(topic) ?? 0))
        .map(({ topic, source }) => ({ topic, partition, source })),
      zone: sub.zones[partition % sub.zones.length],
    }))
  })
}

export function taskName({ name }: Pick<SubTopology, 'name'>, partition: number): string {
  return `${name}-${partition}`
}

/** The largest number of partitions among what a sub-topology reads; 0 while none of it is known. */
export function partitionCount(
  sub: SubTopology,
  application: string,
  partitionsOf: ReadonlyMap<string, number>,
): number {
  const topics = sub.sources.flatMap(source => topicsOf(source, application, partitionsOf.keys()))
  return Math.max(0, ...topics.map(topic => partitionsOf.get(topic) ?? 0))
}

function subTopology(spec: TopologySpec, nodes: readonly NodeSpec[]): SubTopology {
  const named = new Set(nodes.flatMap(storesOf))
  const stores = spec.stores.filter(store => named.has(store.name))
  const sources = nodes.filter(node => node.kind === 'source')
  return {
    name: nameOf(sources[0], nodes[0]!, spec.application),
    nodes,
    sources,
    sinks: nodes.filter(node => node.kind === 'sink'),
    stores,
    changelogs: stores.flatMap(store => changelogOf(store, spec.application)),
    zones: zonesOf(sources, spec),
    choices: (spec.choices ?? []).filter(({ operator }) => nodes.some(({ name }) => name === operator)),
  }
}

function nameOf(first: SourceSpec | undefined, node: NodeSpec, application: string): string {
  if (first === undefined) {
    throw new SluiceError('BAD_TOPOLOGY', `nothing leads to "${node.name}"`, {
      place: { operator: node.name, line: node.line },
      hint: 'every operator needs a stream or a table above it',
    })
  }
  if (isPattern(first.topics)) return first.name
  const topic = first.topics[0]!
  const prefix = `${application}-`
  return topic.startsWith(prefix) && topic.endsWith('-repartition') ? topic.slice(prefix.length) : topic
}

function changelogOf({ name, changelog }: StoreSpec, application: string): readonly Changelog[] {
  if (changelog === false) return []
  if (changelog === true) return [{ store: name, topic: changelogTopic(application, name), isSource: false }]
  return [{ store: name, topic: changelog.source, isSource: true }]
}

function refuseSameNames(subs: readonly SubTopology[]): void {
  const names = new Set<string>()
  for (const { name, sources } of subs) {
    if (names.has(name)) {
      throw new SluiceError(
        'BAD_TOPOLOGY',
        `two parts of the pipeline would keep their state under the name "${name}"`,
        {
          place: { topic: name, line: sources[0]!.line },
          hint: 'give the repartition or the grouping another name with { as }',
        },
      )
    }
    names.add(name)
  }
}

/** Kahn's algorithm over topics; whatever is left in a circle keeps the order in which it was written. */
function downstreamLast(subs: readonly SubTopology[]): readonly SubTopology[] {
  const waiting = [...subs]
  const ordered: SubTopology[] = []
  while (waiting.length > 0) {
    const free = waiting.findIndex(sub => waiting.every(other => other === sub || !writesTo(other, sub)))
    ordered.push(...waiting.splice(Math.max(0, free), 1))
  }
  return ordered
}

function writesTo(writer: SubTopology, reader: SubTopology): boolean {
  return writer.sinks.some(({ topic }) =>
    reader.sources.some(({ topics }) => typeof topic === 'string' && !isPattern(topics) && topics.includes(topic)),
  )
}

/** Stores and nodes are named apart. */
function storeKey(store: string): string {
  return `store\0${store}`
}

import type { CutTopology, SubTopology } from '../../src/topology/cut.js'
import { storesOf } from '../../src/topology/needs.js'
import type { NodeSpec } from '../../src/topology/spec.js'
import type { SerdeUse } from '../lower/serde-use.js'

/** A pipeline as plain data: what `describe().toJSON()` answers and the drawings are made of. */
export interface Described {
  /** The application id. */
  readonly application: string
  readonly subTopologies: readonly DescribedPart[]
  readonly stores: readonly {
    readonly name: string
    readonly in: 'disk' | 'memory'
    readonly cache: boolean
    /** The topic that keeps it; absent where none does. */
    readonly changelog?: string
  }[]
  /** Tables of which every instance has a full copy; absent where there are none. */
  readonly globals?: readonly { readonly name: string; readonly topic: string; readonly in: 'disk' | 'memory' }[]
  readonly repartitions: readonly { readonly name: string; readonly topic: string; readonly partitions?: number }[]
  /** How keys and values are written, and why so. */
  readonly serdes: readonly SerdeUse[]
}

/** What runs in one task per partition. */
export interface DescribedPart {
  /** What its tasks are named by, with the partition. */
  readonly name: string
  readonly nodes: readonly DescribedNode[]
}

/** A source, an operator or a sink. */
export interface DescribedNode {
  readonly kind: 'source' | 'processor' | 'sink'
  readonly name: string
  /** The operator, such as `filter`, `count` or `join`. */
  readonly type: string
  /** Of a source: topics, or a pattern as `/…/`. Of a sink: its topic; none where each record's is chosen. */
  readonly topics: readonly string[]
  /** Names of the stores that it looks into or writes. */
  readonly stores: readonly string[]
  /** Names of the nodes of this part that hand it records, and of those that it hands them to. */
  readonly parents: readonly string[]
  readonly children: readonly string[]
  /** `stop`, `skip`, or `dead-letter <topic>`. */
  readonly onFailure: string
  /** `file:line:column` of the user's call. */
  readonly line?: string
}

export function modelOf({ spec, subs }: CutTopology, serdes: readonly SerdeUse[]): Described {
  const changelogs = new Map(subs.flatMap(sub => sub.changelogs.map(({ store, topic }) => [store, topic])))
  return {
    application: spec.application,
    subTopologies: subs.map(partOf),
    stores: spec.stores.map(({ name, in: where, cache }) => {
      const changelog = changelogs.get(name)
      return { name, in: where, cache, ...(changelog === undefined ? {} : { changelog }) }
    }),
    ...(spec.globals === undefined || spec.globals.length === 0
      ? {}
      : { globals: spec.globals.map(({ name, topic, in: where }) => ({ name, topic, in: where })) }),
    repartitions: spec.repartitions.map(({ name, topic, partitions }) => ({
      name,
      topic,
      ...(partitions === undefined ? {} : { partitions }),
    })),
    serdes,
  }
}

function partOf({ name, nodes }: SubTopology): DescribedPart {
  const owner = new Map<string, string>()
  for (const node of nodes) {
    owner.set(node.name, node.name)
    if (node.kind === 'split') for (const output of node.outputs) owner.set(output, node.name)
  }
  const parentsOf = (node: NodeSpec) => (node.kind === 'source' ? [] : node.parents.map(parent => owner.get(parent)!))
  return {
    name,
    nodes: nodes.map(node => ({
      kind: node.kind === 'source' || node.kind === 'sink' ? node.kind : 'processor',
      name: node.name,
      type: 'type' in node ? node.type : node.kind,
      topics: topicsOf(node),
      stores: storesOf(node),
      parents: [...new Set(parentsOf(node))],
      children: nodes.filter(child => parentsOf(child).includes(node.name)).map(child => child.name),
      onFailure: node.onFailure.kind === 'dead-letter' ? `dead-letter ${node.onFailure.topic}` : node.onFailure.kind,
      ...(node.line === undefined ? {} : { line: node.line }),
    })),
  }
}

function topicsOf(node: NodeSpec): readonly string[] {
  if (node.kind === 'sink') return typeof node.topic === 'string' ? [node.topic] : []
  if (node.kind !== 'source') return []
  return node.topics instanceof RegExp ? [String(node.topics)] : node.topics
}

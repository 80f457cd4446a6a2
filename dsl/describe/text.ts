import type { Described, DescribedNode, DescribedPart } from './model.js'

/**
 * The text of Kafka Streams' `Topology.describe()`, so that its viewers read it too; each sub-topology's name follows
 * its number. Source: `InternalTopologyBuilder.TopologyDescription`.
 */
export function toText({ subTopologies, globals = [] }: Described): string {
  const tables = globals.map(({ name, topic }, i) => globalText(name, topic, subTopologies.length + i))
  return `Topologies:\n ${[...subTopologies.map(partText), ...tables].join('')}`
}

function globalText(name: string, topic: string, number: number): string {
  const read = { kind: 'source', name: topic, topics: [topic], children: [`${name}.globalTable`] } as const
  const kept = { kind: 'processor', name: `${name}.globalTable`, stores: [name], parents: [topic] } as const
  const rest = { type: 'globalTable', topics: [], stores: [], parents: [], children: [], onFailure: '' }
  const lines = [read, kept].map(node => `    ${nodeText({ ...rest, ...node })}\n`)
  return `  Sub-topology: ${number} for global store (will not generate tasks)\n${lines.join('')}\n`
}

function partText({ name, nodes }: DescribedPart, number: number): string {
  return `  Sub-topology: ${number} (${name})\n${nodes.map(node => `    ${nodeText(node)}\n`).join('')}\n`
}

function nodeText({ kind, name, topics, stores, parents, children }: DescribedNode): string {
  const after = `\n      --> ${list(children)}`
  const before = `\n      <-- ${list(parents)}`
  if (kind === 'source') return `Source: ${name} (topics: ${topicList(topics)})${after}`
  if (kind === 'sink')
    return `Sink: ${name} (${topics.length === 0 ? 'topic of each record' : `topic: ${topics[0]}`})${before}`
  return `Processor: ${name} (stores: [${stores.join(', ')}])${after}${before}`
}

function topicList(topics: readonly string[]): string {
  return topics[0]?.startsWith('/') === true ? topics[0] : `[${topics.join(', ')}]`
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

import { SluiceError, counted } from '../errors.js'
import type { Serializer } from '../serde/serde.js'
import { isWindowed } from '../serde/windowed.js'
import type { Copartition, TopologySpec } from './spec.js'

/**
 * Topics that meet by key have the same number of partitions, and those that the pipeline writes the same partitioner. Their
 * keys are written alike: a key is placed by its bytes.
 *
 * @throws SluiceError BAD_TOPOLOGY naming two topics that differ, the operator and its line
 */
export function refuseUnfitPartners(spec: TopologySpec, partitions: ReadonlyMap<string, number>): void {
  for (const group of spec.copartitions) {
    refuseOtherCounts(group, partitions)
    if (group.by === 'number') continue
    refuseOtherPartitioners(group, spec)
    refuseOtherKeys(group, spec)
  }
}

function refuseOtherCounts(group: Copartition, partitions: ReadonlyMap<string, number>): void {
  const [first, ...others] = group.topics
  if (first === undefined) return
  const count = partitions.get(first)!
  const other = others.find(topic => partitions.get(topic) !== count)
  if (other === undefined) return
  const otherCount = partitions.get(other)
  throw new SluiceError(
    'BAD_TOPOLOGY',
    `"${first}" has ${counted(count, 'partition')} and "${other}" has ${otherCount}, so equal keys do not meet in one task`,
    {
      place: { operator: group.operator, line: group.line },
      hint:
        'write .repartition() on the stream of one of them before they meet (a table: read it as a stream, then ' +
        '.repartition().toTable()), or give both topics the same number of partitions',
    },
  )
}

function refuseOtherPartitioners(group: Copartition, spec: TopologySpec): void {
  refuseOwnPartitioners(group, spec)
  const written = new Map(spec.repartitions.map(({ topic, partitioner }) => [topic, partitioner]))
  const partitionerOf = (topic: string): string => written.get(topic) ?? 'murmur2'
  const first = group.topics.find(topic => written.has(topic))
  if (first === undefined) return
  const other = group.topics.find(topic => partitionerOf(topic) !== partitionerOf(first))
  if (other === undefined) return
  const [a, b] = [first, other].map(topic => `"${topic}" is partitioned by ${partitionerOf(topic)}`)
  throw new SluiceError('BAD_TOPOLOGY', `${a} and ${b}, so equal keys do not meet in one task`, {
    place: { operator: group.operator, line: group.line },
    hint:
      'write .repartition() on each stream that is partitioned otherwise than by murmur2 before they meet (shard() is, so that ' +
      'shards can be added), or shard() with the same shards and place on both',
  })
}

/** A topic that the pipeline writes by a function of the user fits only topics that are written by the same one. */
function refuseOwnPartitioners(group: Copartition, spec: TopologySpec): void {
  const own = group.topics.map(topic => ownPartitioner(topic, spec))
  const at = own.findIndex(partitioner => partitioner !== undefined)
  if (at === -1) return
  if (own.every(partitioner => partitioner !== several && partitioner === own[at])) return
  throw new SluiceError(
    'BAD_TOPOLOGY',
    `"${group.topics[at]}" is written with a partitioner of your own, so equal keys do not meet in one task`,
    {
      place: { operator: group.operator, line: group.line },
      hint: 'write .repartition() behind it (a table: read it as a stream, then .repartition().toTable())',
    },
  )
}

const several = Symbol('several partitioners')

/** The function by which the pipeline writes a topic; none where it writes it by murmur2, or not at all. */
function ownPartitioner(topic: string, { nodes, repartitions }: TopologySpec): unknown {
  if (repartitions.some(internal => internal.topic === topic)) return undefined
  const used = new Set<unknown>()
  for (const node of nodes) {
    if (node.kind === 'sink' && node.topic === topic) used.add(node.partitioner)
  }
  const [first] = used
  return used.size > 1 ? several : first
}

/** Types do not tell: keys of `long` and of `int32` are both numbers. */
function refuseOtherKeys({ topics, operator, line }: Copartition, { nodes }: TopologySpec): void {
  const serdes = new Map<string, Serializer<any>>()
  for (const node of nodes) {
    if (node.kind === 'source' && Array.isArray(node.topics)) {
      for (const topic of node.topics) serdes.set(topic, plain(node.key))
    }
  }
  const known = topics.filter(topic => serdes.has(topic) && formOf(serdes.get(topic)!) !== undefined)
  const [first] = known
  const other = known.find(topic => formOf(serdes.get(topic)!) !== formOf(serdes.get(first!)!))
  if (other === undefined) return
  const [a, b] = [first!, other].map(topic => `the keys of "${topic}" are written by ${serdes.get(topic)!.name}`)
  throw new SluiceError('BAD_TOPOLOGY', `${a} and ${b}, so equal keys do not meet in one task`, {
    place: { operator, line },
    hint:
      'write .repartition({ key: … }) on the stream of one of them before they meet, with the serde of the other (a table: ' +
      'read it as a stream, then .repartition({ key: … }).toTable())',
  })
}

/** A window lies where its key does. */
function plain(serde: Serializer<any>): Serializer<any> {
  return isWindowed(serde) ? plain(serde.plain) : serde
}

/** How a serde of this package writes; those of others may all write the same. */
function formOf({ name = '' }: Serializer<any>): string | undefined {
  const [form] = name.split('(')
  return forms.get(form!)
}

const forms = new Map(['string', 'int32', 'int64', 'float64', 'bytes', 'json', 'avro'].map(name => [name, name]))
forms.set('long', 'int64')

import type { Case } from './cases.js'
import type { Answer, OracleNode } from './question.js'
import { namedTopics } from './sources.js'

/** What of an answer is compared: all of it, but for what differs by design. */
export function comparable(answer: Answer, { topology, partitions }: Case): Answer {
  const { outputs, stores } = withoutIdleTombstones(answer, topology)
  const sessions = new Set(topology.filter(node => isSession(topology, node)).map(node => node['as']))
  const listed = Object.entries(stores).map(([name, entries]) => [
    name,
    // A session store of Kafka Streams keeps no timestamps: the session's end is one.
    sessions.has(name) ? entries.map(([key, value]) => [key, value]) : entries,
  ])
  const { failed } = answer
  // What session windows tell with each update has no headers in Kafka Streams.
  const isBare = topology.some(({ op, kind, emit }) => op === 'window' && kind === 'session' && emit !== 'final')
  const told = isBare ? outputs.map(output => output.with(5, '') as unknown as typeof output) : outputs
  return {
    ...(failed === undefined ? {} : { failed }),
    outputs: partitions === 1 ? told : byKey(told),
    stores: Object.fromEntries(listed) as Answer['stores'],
  }
}

/**
 * Leaves out tombstones of tables that delete nothing: their key had no value downstream. Kafka Streams sends some of
 * them, depending on which tables happen to have a store; Sluice never does.
 */
function withoutIdleTombstones(answer: Answer, topology: readonly OracleNode[]): Answer {
  const ofTable = new Set(topology.filter(({ id, op }) => op === 'to' && isTable(topology, id)).flatMap(namedTopics))
  const chosen = new Set(topology.filter(({ op }) => op === 'to').flatMap(node => (node['topics'] as string[]) ?? []))
  const present = new Set<string>()
  const outputs = answer.outputs.filter(([, topic, key, value]) => {
    // Nor does it write what has neither key nor value to a topic that is chosen.
    if (!ofTable.has(topic)) return !(chosen.has(topic) && key === null && value === null)
    const id = `${topic} ${key}`
    if (value !== null) {
      present.add(id)
      return true
    }
    return present.delete(id)
  })
  return { ...answer, outputs }
}

/** Over several partitions, the order is that of each key; what has none goes to any of them, so it has no order. */
function byKey(outputs: Answer['outputs']): Answer['outputs'] {
  type Output = Answer['outputs'][number]
  const place = ([cause, topic, key, value, time]: Output): string =>
    key === null ? `${topic} ${JSON.stringify([cause, value, time])}` : `${topic} ${key}`
  return outputs.toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0))
}

const tables = new Set(['table', 'toTable', 'count', 'reduce', 'aggregate'])

/** What a sink writes comes straight from a table. */
function isTable(topology: readonly OracleNode[], id: string): boolean {
  const node = topology.find(each => each.id === id)
  if (node === undefined) return false
  if (tables.has(node.op)) return true
  return ['to', 'filter', 'filterNot', 'map', 'join', 'suppress'].includes(node.op) && isTable(topology, node.of!)
}

function isSession(topology: readonly OracleNode[], { of, op, kind }: OracleNode): boolean {
  if (op.startsWith('process')) return kind === 'sessions'
  const above = topology.find(({ id }) => id === of)
  return above?.op === 'window' && above['kind'] === 'session'
}

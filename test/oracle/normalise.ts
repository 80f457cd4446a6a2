import type { Answer, OracleNode } from './question.js'

/**
 * Leaves out tombstones of tables that delete nothing: their key had no value downstream. Kafka Streams sends some of
 * them, depending on which tables happen to have a store; Sluice never does.
 */
export function withoutIdleTombstones(answer: Answer, topology: readonly OracleNode[]): Answer {
  const ofTable = new Set(
    topology.filter(({ id, op }) => op === 'to' && isTable(topology, id)).map(node => node['topic'] as string),
  )
  const present = new Set<string>()
  const outputs = answer.outputs.filter(([, topic, key, value]) => {
    if (!ofTable.has(topic)) return true
    const id = `${topic} ${key}`
    if (value !== null) {
      present.add(id)
      return true
    }
    return present.delete(id)
  })
  return { ...answer, outputs }
}

const tables = new Set(['table', 'toTable', 'count', 'reduce', 'aggregate'])

/** What a sink writes comes straight from a table. */
function isTable(topology: readonly OracleNode[], id: string): boolean {
  const node = topology.find(each => each.id === id)
  if (node === undefined) return false
  if (tables.has(node.op)) return true
  return ['to', 'filter', 'filterNot', 'map', 'join'].includes(node.op) && isTable(topology, node.of!)
}

import { createHash } from 'node:crypto'
import type { NodeSpec, TopologySpec } from './spec.js'

/**
 * A digest of what two copies of a pipeline must have in common to work on the same tasks: names, kinds, topics, stores.
 * Functions and serdes do not count; they cannot be compared.
 */
export function fingerprint(spec: TopologySpec): string {
  const { application, nodes, stores, repartitions, copartitions, globals = [], choices = [] } = spec
  const parts = {
    application,
    nodes: nodes.map(nodeParts),
    stores: stores.map(({ kind, name, changelog, in: where }) => [kind, name, changelog, where]),
    globals: globals.map(({ name, topic, in: where }) => [name, topic, where]),
    repartitions,
    copartitions: copartitions.map(({ topics, operator }) => [topics, operator]),
    choices: choices.map(({ inputs, operator }) => [inputs, operator]),
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function nodeParts(node: NodeSpec): unknown {
  const { kind, name, onFailure } = node
  const base = [kind, name, onFailure]
  switch (node.kind) {
    case 'source':
      return [...base, node.topics instanceof RegExp ? String(node.topics) : node.topics]
    case 'operator':
      return [...base, node.type, node.parents, node.stores]
    case 'split':
      return [...base, node.type, node.parents, node.outputs]
    case 'sink':
      return [...base, node.parents, typeof node.topic === 'string' ? node.topic : null, node.repartition]
  }
}

import { SluiceError } from '../src/errors.js'
import { typeOf } from './node-kinds.js'
import type { Node, RepartitionNode } from './nodes.js'
import { checkName } from './topic.js'

/** The names of a pipeline's parts. They are fixed before anything is optimised, so that an optimisation moves no state. */
export interface Names {
  /** Of the node itself, for messages, metrics and descriptions; this one may carry a counter. */
  readonly node: ReadonlyMap<Node, string>
  /** Of the store that the node keeps or would keep. */
  readonly store: ReadonlyMap<Node, string>
  /** Of the way through an internal topic: `<application>-<name>-repartition`. */
  readonly repartition: ReadonlyMap<Node, string>
}

/**
 * A name is given by `as`, or made of the path: sources, branch names and ancestors that keep state. Stateless operators
 * do not count, so that adding one changes no name of a store or a topic.
 */
export function nameAll(nodes: readonly Node[]): Names {
  const paths = new Map<Node, readonly string[]>()
  const node = new Map<Node, string>()
  const store = new Map<Node, string>()
  const repartition = new Map<Node, string>()
  const taken = new Set<string>()
  const keeper = keepers(nodes)

  for (const each of nodes) {
    const above = each.parents.map(parent => paths.get(parent)!)
    const [first = []] = above
    let path = first
    if (each.kind === 'source') path = [typeof each.topic === 'string' ? each.topic : patternName(each.topic)]
    else if (each.kind === 'branch') path = [...first, each.name]
    else if (each.kind === 'merge') path = meet(above)
    else if (each.kind === 'repartition') {
      const joined = [...first, ...(each.type === 'shard' ? ['shard'] : [])]
      path = each.as === undefined ? joined : [each.as]
      if (each.type !== 'groupBy') repartition.set(each, path.join('-'))
      else if (each.as !== undefined) repartition.set(each, each.as)
    } else if (each.kind === 'stream-join') {
      path = [each.as ?? [...meet(above), each.type].join('-')]
      store.set(each, path[0]!)
    } else if (each.kind === 'join' && each.held !== undefined) {
      path = [each.held.as ?? [...first, each.type].join('-')]
      store.set(each, `${path[0]!}-held`)
    } else if (each.kind === 'global-table') {
      path = [each.store.as ?? each.topic]
      store.set(each, path[0]!)
    } else if (each.kind === 'retry' && each.isOfPipeline) {
      path = first
      if (each.parents[0]!.kind !== 'repartition') store.set(each, `${first.join('-')}-pipeline-retry`)
    } else if ('store' in each) {
      path = several.has(each.kind) ? meet(above) : first
      const made = each.kind === 'table-source' ? path : [...path, each.type === 'toTable' ? 'table' : each.type]
      const name = each.store.as ?? made.join('-')
      store.set(each, name)
      if (each.store.as !== undefined || namesWhatFollows.has(each.kind)) path = [name]
    }
    paths.set(each, path)
    if (each.kind !== 'repartition') {
      const plain = each.kind === 'source' ? path[0]! : `${path.join('-')}.${typeOf(each)}`
      node.set(each, unique(plain, taken))
    }
  }
  for (const each of nodes) {
    if (each.kind !== 'repartition') continue
    const name = repartition.get(each) ?? lentName(each, keeper.get(each)!, store)
    repartition.set(each, name)
    node.set(each, unique(`${name}-repartition`, taken))
  }
  for (const each of nodes) {
    if (each.kind !== 'retry' || store.has(each)) continue
    store.set(each, `${repartition.get(each.parents[0]!)!}-repartition-pipeline-retry`)
  }
  return { node, store, repartition }
}

/** @throws SluiceError BAD_TOPOLOGY when two parts of a pipeline would share a name */
export function checkDistinct(
  what: 'store' | 'repartition',
  uses: readonly (readonly [name: string, node: Node])[],
): void {
  const first = new Map<string, Node>()
  for (const [name, node] of uses) {
    checkName(name, what, node.line)
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, node)
      continue
    }
    const thing = what === 'store' ? 'stores' : 'repartition topics'
    throw new SluiceError('BAD_TOPOLOGY', `two ${thing} would have the name "${name}"`, {
      place: { operator: typeOf(node), line: node.line },
      hint: `the other is made at ${other.line ?? `another ${typeOf(other)}`}; name one of them: ${callOf(node)}`,
    })
  }
}

function callOf(node: Node): string {
  if (node.kind === 'call' && node.type === 'effect') return "effect('another name', …)"
  if (node.kind === 'table-source') return "table(topic, { as: '…' })"
  if (node.kind === 'repartition' && node.type === 'groupBy') return "groupBy(…, { as: '…' })"
  return `${typeOf(node)}(…, { as: '…' })`
}

/** The node that keeps what an implied repartition brings together; it lends its name. */
function keepers(nodes: readonly Node[]): ReadonlyMap<RepartitionNode, Node> {
  const keeper = new Map<RepartitionNode, Node>()
  for (const node of nodes) {
    const [parent] = node.parents
    if ((node.kind === 'stateful' || node.kind === 'late') && parent?.kind === 'repartition') keeper.set(parent, node)
    if (node.kind === 'cogroup') {
      for (const each of node.parents) if (each.kind === 'repartition') keeper.set(each, node)
    }
  }
  return keeper
}

/** Of several ways into one store, all but the first have a number. */
function lentName(repartition: RepartitionNode, keeper: Node, store: ReadonlyMap<Node, string>): string {
  const parents: readonly Node[] = keeper.parents
  const index = parents.indexOf(repartition)
  return `${store.get(keeper)!}${index > 0 ? `-${index}` : ''}`
}

/** Nodes whose store is named by their path, and whose followers are named by the store. */
const namesWhatFollows = new Set<Node['kind']>([
  'stateful',
  'late',
  'cogroup',
  'dedupe',
  'delay',
  'every',
  'foreign-join',
  'all',
])

const several = new Set<Node['kind']>(['table-join', 'cogroup', 'all'])

/** What several paths have in common at their beginning, or else all of them. */
function meet(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = paths
  const differs = first.findIndex((part, i) => others.some(other => other[i] !== part))
  const common = differs === -1 ? first : first.slice(0, differs)
  return common.length > 0 ? common : [[...new Set(paths.map(path => path.join('-')))].join('-')]
}

function patternName(pattern: RegExp): string {
  const plain = pattern.source.replace(/[^a-zA-Z0-9._-]+/g, '').replace(/^[._-]+|[._-]+$/g, '')
  return plain === '' ? 'pattern' : plain
}

function unique(name: string, taken: Set<string>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`
  taken.add(free)
  return free
}

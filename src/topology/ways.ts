import type { CurrentRecord, Process } from '../operators/operator.js'
import { RecordIndex } from '../operators/record-index.js'
import { outputsOf } from './needs.js'
import type { NodeSpec, SourceSpec } from './spec.js'

/** Operators that make no more than one record of each. */
const single = new Set(
  'dedupe deliverAt delay effect filter filterNot map mapAsync merge peek selectKey shard stream toStream'.split(' '),
)

/**
 * What is made of one record on its way to an effect is told apart by that way: which of several an operator has made of it,
 * and by which branch it came to a merge. Counted by their arrival, some would have other keys in a replay, where those arrive
 * that had failed.
 */
export class Ways {
  readonly #record: CurrentRecord
  /** By the names of outputs: the sources of the task whose records go there. */
  readonly #from = new Map<string, ReadonlySet<string>>()
  /** Of the nodes above effects, and of these. */
  readonly #named = new Set<string>()

  constructor(sources: readonly SourceSpec[], nodes: readonly NodeSpec[], record: CurrentRecord) {
    this.#record = record
    for (const { name } of sources) this.#from.set(name, new Set([name]))
    for (const node of nodes) {
      if (node.kind === 'source') continue
      const from = new Set(node.parents.flatMap(parent => [...(this.#from.get(parent) ?? [])]))
      for (const output of outputsOf(node)) this.#from.set(output, from)
    }
    for (const node of nodes.toReversed()) {
      if (node.kind === 'source') continue
      const isNamed = outputsOf(node).some(output => this.#named.has(output)) || isEffect(node)
      if (isNamed) for (const parent of [node.name, ...node.parents]) this.#named.add(parent)
    }
  }

  /** What follows an operator. */
  outOf(node: NodeSpec, next: Process): Process {
    const isOne = node.kind !== 'operator' || single.has(node.type)
    if (isOne || !this.#named.has(node.name)) return next
    const index = new RecordIndex(this.#record, node.type)
    return this.#under(() => index.next(), next)
  }

  /** The way from an output to a node. */
  into(node: NodeSpec, output: string, next: Process): Process {
    if (node.kind === 'source' || !this.#named.has(node.name)) return next
    const others = node.parents.filter(parent => parent !== output)
    const from = this.#from.get(output)
    const meets = others.some(other => [...(this.#from.get(other) ?? [])].some(source => from?.has(source)))
    // Its name may be another when steps are added.
    const way = String(node.parents.indexOf(output))
    return meets ? this.#under(() => way, next) : next
  }

  #under(index: () => string, next: Process): Process {
    const record = this.#record
    return (key, value, timestamp, old) => record.under(index(), () => next(key, value, timestamp, old))
  }
}

/** Its calls are known outside by names that are made of the way. */
function isEffect(node: NodeSpec): boolean {
  return node.kind === 'operator' && node.type === 'effect'
}

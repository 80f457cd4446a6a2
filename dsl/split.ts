import { route } from '../src/operators/route.js'
import { looksAtKey, looksAtValue } from '../src/operators/uses.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { Node } from './nodes.js'
import type { Callback } from './types.js'

/** Adds a split and a node for each branch, `rest` last. */
export function splitInto(
  from: Fluent,
  branches: Readonly<Record<string, Callback<any, any, unknown>>>,
  line: string | undefined,
): (readonly [string, Node])[] {
  const graph = from['~graph']
  const parent = from['~node']
  const predicates = Object.values(branches)
  for (const [name, predicate] of Object.entries(branches)) checkFunction(predicate, `split({ ${name} })`, line)
  const outputs = [...Object.keys(branches), 'rest']
  const same = { line, key: parent.key, value: parent.value }
  const split = graph.add({
    ...same,
    kind: 'split',
    parents: [parent],
    outputs,
    splitter: route(predicates),
    uses: {
      key: predicates.some(looksAtKey),
      value: predicates.some(looksAtValue),
      passesKey: true,
      passesValue: true,
    },
  })
  return outputs.map(name => [name, graph.add({ ...same, kind: 'branch', name, parents: [split] })] as const)
}

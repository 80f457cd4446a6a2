import { toTable } from '../src/operators/to-table.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Fluent } from './fluent.js'
import { makesNew } from './uses.js'
import { isRekeyed } from './node-kinds.js'
import type { StatefulNode } from './nodes.js'
import { addRepartition } from './repartition.js'
import { choose, newStoreOptions, orElse, storeWish, type AnyStoreOptions } from './serdes.js'
import type { NewStoreOptions, SerdeFor } from './types.js'

type ToTableOptions = NewStoreOptions<any, any> & { readonly key?: SerdeFor<any> }

const known: KnownOptions<ToTableOptions> = { ...newStoreOptions, key: true }

/** Adds the table of a stream, behind a repartition where the key may have changed. */
export function addToTable(
  stream: Fluent,
  options: AnyStoreOptions & { readonly key?: SerdeFor<any> },
  line: string | undefined,
): StatefulNode {
  const { '~graph': graph, '~node': above } = stream
  checkKnown('toTable()', options, known, line)
  const key = choose(options.key, 'toTable({ key })', above.key)
  const store = storeWish('toTable', options, key, above.value, line)
  const value = orElse(above.value, store.value)
  const parent = isRekeyed(above) ? addRepartition(graph, above, 'groupBy', { key, value }, line) : above
  return graph.add({
    kind: 'stateful',
    type: 'toTable',
    parents: [parent],
    line,
    key,
    value: store.value,
    store,
    operator: name => toTable({ store: name }),
    uses: makesNew,
  })
}

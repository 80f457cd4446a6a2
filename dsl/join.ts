import { streamTableJoin } from '../src/operators/stream-table-join.js'
import { looksAtValue } from '../src/operators/uses.js'
import { checkFunction, checkSame, type Fluent } from './fluent.js'
import type { JoinNode } from './nodes.js'
import { newValue } from './serdes.js'

/** Adds the look-up of a stream's records in a table. */
export function addJoin(
  stream: Fluent,
  type: JoinNode['type'],
  table: Fluent,
  joiner: (value: any, other: any, key: any) => unknown,
  line: string | undefined,
): JoinNode {
  const graph = stream['~graph']
  checkSame(graph, table, `${type}()`, line)
  checkFunction(joiner, `${type}()`, line)
  return graph.add({
    kind: 'join',
    type,
    parents: [stream['~node'], table['~node']],
    line,
    key: stream['~node'].key,
    value: newValue(type, line, graph.defaultValue),
    operator: view => streamTableJoin({ table: view, joiner, left: type === 'leftJoin' }),
    uses: { key: true, value: looksAtValue(joiner), passesKey: true, passesValue: false },
  })
}

import { SluiceError } from '../src/errors.js'
import { globalJoin } from '../src/operators/global-join.js'
import { streamTableJoin } from '../src/operators/stream-table-join.js'
import { looksAt, looksAtKey, looksAtValue } from '../src/operators/uses.js'
import { checkFunction, checkSame, type Fluent } from './fluent.js'
import { isTable } from './lower/tables.js'
import type { GlobalJoinNode, GlobalTableNode, JoinNode, Node } from './nodes.js'
import { newValue } from './serdes.js'
import { addStreamJoin } from './stream-join.js'

/** Adds a stream's join with a table or with another stream. */
export function joinAny(
  stream: Fluent,
  type: 'join' | 'leftJoin' | 'outerJoin',
  other: Fluent,
  joiner: (left: any, right: any, key: any) => unknown,
  options: any,
  line: string | undefined,
): Node {
  checkSame(stream['~graph'], other, `${type}()`, line)
  const otherNode = other['~node']
  if (otherNode.kind === 'global-table' && type !== 'outerJoin') {
    return addGlobalJoin(stream, type, otherNode, joiner, options?.on, line)
  }
  if (otherNode.kind !== 'global-table' && !isTable(otherNode))
    return addStreamJoin(stream, type, other, joiner, options, line)
  if (type !== 'outerJoin') return addJoin(stream, type, other, joiner, line)
  throw new SluiceError('BAD_ARGUMENT', 'outerJoin() of a stream with a table', {
    place: { line },
    hint: 'a row alone is no event: write leftJoin(), or join two tables or two streams',
  })
}

function addGlobalJoin(
  stream: Fluent,
  type: GlobalJoinNode['type'],
  table: GlobalTableNode,
  joiner: (value: any, row: any, key: any) => unknown,
  on: unknown,
  line: string | undefined,
): GlobalJoinNode {
  const graph = stream['~graph']
  checkFunction(joiner, `${type}()`, line)
  checkFunction(on, `${type}(globalTable, joiner, { on })`, line)
  const keyOf = on as (value: any, key: any) => unknown
  return graph.add({
    kind: 'global-join',
    type,
    parents: [stream['~node'], table],
    line,
    key: stream['~node'].key,
    value: newValue(type, line, graph.defaultValue),
    operator: store => globalJoin({ table: store, on: keyOf, joiner, left: type === 'leftJoin' }),
    uses: { key: looksAt(joiner, 2) || looksAtKey(keyOf), value: true, passesKey: true, passesValue: false },
  })
}

/** Adds the look-up of a stream's records in a table. */
export function addJoin(
  stream: Fluent,
  type: JoinNode['type'],
  table: Fluent,
  joiner: (value: any, other: any, key: any) => unknown,
  line: string | undefined,
): JoinNode {
  const graph = stream['~graph']
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

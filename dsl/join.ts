import { SluiceError } from '../src/errors.js'
import { streamTableJoin } from '../src/operators/stream-table-join.js'
import { looksAtValue } from '../src/operators/uses.js'
import { checkFunction, checkSame, type Fluent } from './fluent.js'
import { isTable } from './lower/tables.js'
import type { JoinNode, Node } from './nodes.js'
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
  if (!isTable(other['~node'])) return addStreamJoin(stream, type, other, joiner, options, line)
  if (type !== 'outerJoin') return addJoin(stream, type, other, joiner, line)
  throw new SluiceError('BAD_ARGUMENT', 'outerJoin() of a stream with a table', {
    place: { line },
    hint: 'a row alone is no event: write leftJoin(), or join two tables or two streams',
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

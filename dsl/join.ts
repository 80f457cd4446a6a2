import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { globalJoin } from '../src/operators/global-join.js'
import { graceJoin } from '../src/operators/grace-join.js'
import { streamTableJoin } from '../src/operators/stream-table-join.js'
import { looksAt, looksAtKey, looksAtValue } from '../src/operators/uses.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, checkKeyed, checkSame, type Fluent } from './fluent.js'
import { historyOf, isTable } from './lower/tables.js'
import type { GlobalJoinNode, GlobalTableNode, JoinNode, Node } from './nodes.js'
import { choose, newValue } from './serdes.js'
import { addStreamJoin } from './stream-join.js'
import { checkName } from './topic.js'
import type { SerdeFor } from './types.js'

/** How records wait for a versioned table. */
export interface TableJoinOptions<V> {
  /**
   * How long a record waits for late changes of the table, on stream time, before it is joined with the row of its time.
   * Not longer than the table's history.
   */
  readonly grace?: Duration
  /** The name of the join: that of the buffer in which records wait, and of its topic. */
  readonly as?: string
  /** How the waiting values are written. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<V>
}

const known: KnownOptions<TableJoinOptions<any>> = { grace: true, as: true, value: true }
const knownGlobal: KnownOptions<{ readonly on: unknown }> = { on: true }

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
    checkKnown(`${type}() with a global table`, options, knownGlobal, line)
    return addGlobalJoin(stream, type, otherNode, joiner, options?.on, line)
  }
  if (otherNode.kind !== 'global-table' && !isTable(otherNode))
    return addStreamJoin(stream, type, other, joiner, options, line)
  if (type !== 'outerJoin') {
    checkKnown(`${type}() with a table`, options, known, line)
    return addJoin(stream, type, other, joiner, options ?? {}, line)
  }
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
function addJoin(
  stream: Fluent,
  type: JoinNode['type'],
  table: Fluent,
  joiner: (value: any, other: any, key: any) => unknown,
  options: TableJoinOptions<any>,
  line: string | undefined,
): JoinNode {
  const graph = stream['~graph']
  checkFunction(joiner, `${type}()`, line)
  checkKeyed(stream['~node'], `${type}()`, line)
  const grace = graceOf(type, table['~node'], options, line)
  const value = choose(options.value, `${type}({ value })`, stream['~node'].value)
  const left = type === 'leftJoin'
  return graph.add({
    kind: 'join',
    type,
    parents: [stream['~node'], table['~node']],
    line,
    key: stream['~node'].key,
    value: newValue(type, line, graph.defaultValue),
    held: grace === undefined ? undefined : { as: options.as, value },
    operator: (view, buffer) =>
      grace === undefined || buffer === undefined
        ? streamTableJoin({ table: view, joiner, left })
        : graceJoin({ table: view, joiner, left, grace, buffer }),
    uses: {
      key: grace !== undefined || looksAt(joiner, 2) || 'bytes',
      value: grace !== undefined || looksAtValue(joiner),
      passesKey: true,
      passesValue: false,
      ...(grace === undefined ? { byKey: true } : {}),
    },
  })
}

/** @throws SluiceError BAD_ARGUMENT where the table does not know the past for so long */
function graceOf(
  type: JoinNode['type'],
  table: Node,
  { grace, as, value }: TableJoinOptions<any>,
  line: string | undefined,
): number | undefined {
  const wrong = (what: string, hint: string) => new SluiceError('BAD_ARGUMENT', what, { place: { line }, hint })
  if (grace === undefined) {
    if (as === undefined && value === undefined) return undefined
    throw wrong(`${type}() with a table takes as and value only with a grace`, 'leave them out: nothing is kept')
  }
  if (as !== undefined) checkName(as, type, line)
  const ms = durationAt(grace, `${type}({ grace })`, line)
  const history = historyOf(table, node => node)
  if (history === undefined) {
    throw wrong(
      `${type}({ grace }) needs a versioned table`,
      "read it with a history: table(topic, { history: '1h' }); a step in between must not be named",
    )
  }
  if (ms <= history) return ms
  throw wrong(`${type}({ grace }): ${ms} ms are more than the table's history of ${history} ms`, 'make history longer')
}

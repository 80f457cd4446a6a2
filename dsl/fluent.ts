import { SluiceError } from '../src/errors.js'
import type { Graph } from './graph.js'
import { isTable } from './lower/tables.js'
import { isRekeyed } from './node-kinds.js'
import type { Node } from './nodes.js'

/** What every object of a chain has: where it stands. */
export interface Fluent {
  readonly '~graph': Graph
  readonly '~node': Node
}

/** @throws SluiceError BAD_ARGUMENT unless it is a function */
export function checkFunction(given: unknown, what: string, line: string | undefined): void {
  if (typeof given === 'function') return
  throw new SluiceError('BAD_ARGUMENT', `${what} needs a function, not ${given === null ? 'null' : typeof given}`, {
    place: { line },
    hint: 'write it in place, such as (value, key) => …',
  })
}

/** @throws SluiceError BAD_ARGUMENT unless it is part of a chain */
function checkFluent(given: Fluent | undefined, what: string, line: string | undefined): void {
  if (given?.['~graph'] !== undefined && given['~node'] !== undefined) return
  throw new SluiceError('BAD_ARGUMENT', `${what} needs a stream or a table`, {
    place: { line },
    hint: 'give what .stream(topic), .table(topic) and the operators behind them answer',
  })
}

/** @throws SluiceError BAD_TOPOLOGY unless both were made by one pipeline */
export function checkSame(graph: Graph | undefined, other: Fluent, what: string, line: string | undefined): void {
  if (graph !== undefined && other?.['~graph'] === graph) return
  checkFluent(other, what, line)
  throw new SluiceError('BAD_TOPOLOGY', `${what} brings together streams of two pipelines`, {
    place: { line },
    hint: 'write all streams and tables with one pipeline, or send records through a topic with .to(topic)',
  })
}

/** Types refuse it already; this is for those who cast. @throws SluiceError BAD_TOPOLOGY where equal keys may not meet */
export function checkKeyed(node: Node, what: string, line: string | undefined): void {
  if (!isRekeyed(node)) return
  throw new SluiceError('BAD_TOPOLOGY', `${what} of a stream that is not partitioned by its key`, {
    place: { line },
    hint: `equal keys have to meet in one task: write .repartition() (or groupBy, shard) before ${what}`,
  })
}

/** Types refuse it already; this is for those who write JavaScript. @throws SluiceError BAD_ARGUMENT for a table */
export function checkStream(given: Fluent, what: string, line: string | undefined): void {
  checkFluent(given, what, line)
  const { '~node': node } = given
  if (!isTable(node) && node.kind !== 'global-table') return
  throw new SluiceError('BAD_ARGUMENT', `${what} needs streams, not a table`, {
    place: { line },
    hint: 'the changes of a table are a stream: .toStream()',
  })
}

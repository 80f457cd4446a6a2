import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { checkSame, checkStream, type Fluent } from './fluent.js'
import type { MergeNode } from './nodes.js'
import { common } from './serdes.js'

/** How a merge chooses between its streams. Without, the oldest record goes first. */
export type MergeOptions = FairMerge | WeightedMerge

/** Each stream that has a record gets the same number of turns. */
interface FairMerge {
  readonly fair: true
  readonly weights?: never
}

/** Each stream that has a record gets turns in proportion to its weight. */
interface WeightedMerge {
  /** One number above 0 for each stream: for this one first, then for the others in their order. */
  readonly weights: readonly number[]
  readonly fair?: never
}

const known: KnownOptions<MergeOptions> = { fair: true, weights: true }

/** Streams, and how to choose between them. */
export function splitArguments(given: readonly unknown[]): [others: readonly Fluent[], options?: MergeOptions] {
  const last = given.at(-1)
  const isOptions = typeof last === 'object' && last !== null && !('~node' in last)
  return isOptions ? [given.slice(0, -1) as readonly Fluent[], last as MergeOptions] : [given as readonly Fluent[]]
}

/** Adds the place where several streams become one. @throws SluiceError BAD_ARGUMENT, BAD_TOPOLOGY */
export function addMerge(streams: readonly Fluent[], line: string | undefined, options?: MergeOptions): MergeNode {
  const graph = streams[0]!['~graph']
  for (const stream of streams) {
    checkSame(graph, stream, 'merge()', line)
    checkStream(stream, 'merge()', line)
  }
  const parents = streams.map(stream => stream['~node'])
  const [keys, values] = [parents.map(parent => parent.key), parents.map(parent => parent.value)]
  return graph.add({
    kind: 'merge',
    parents,
    line,
    key: common(keys, 'keys', 'merge()'),
    value: common(values, 'values', 'merge()'),
    weights: options === undefined ? undefined : weightsOf(options, streams.length, line),
  })
}

function weightsOf(options: MergeOptions, count: number, line: string | undefined): readonly number[] {
  checkKnown('merge()', options, known, line)
  const { fair, weights } = options
  if ((fair as unknown) === true && weights === undefined) return Array.from({ length: count }, () => 1)
  const fit =
    fair === undefined &&
    Array.isArray(weights) &&
    weights.length === count &&
    weights.every(weight => typeof weight === 'number' && Number.isFinite(weight) && weight > 0)
  if (fit) return [...weights]
  throw new SluiceError('BAD_ARGUMENT', `merge() of ${count} streams with ${valueText(options)}`, {
    place: { line },
    hint:
      'write { fair: true }, or { weights: [3, 1] } with one number above 0 for each stream, that which merge() is called on ' +
      'first; without either the oldest record goes first',
  })
}

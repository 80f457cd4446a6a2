import { SluiceError } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import type { Graph } from './graph.js'
import type { SourceNode, StoreWish, TableSourceNode } from './nodes.js'
import { hasBytesOf, storeOptions, storeWish } from './serdes.js'
import { sourceOf } from './source.js'
import type { Topic } from './topic.js'
import type { StoreOptions } from './types.js'

/** How a table of a topic is kept. */
export interface TableOptions<K, V> extends Omit<StoreOptions<K, V>, 'changelog'> {
  /**
   * Default `true`: a changelog of its own. `'topic'`: the topic is the changelog, nothing is written twice (what
   * `topology.optimization` does in Kafka Streams, KIP-295); a table made of it again, behind a backlog, is without the rows
   * whose former values compaction or retention took from the topic. `false`: none, the state is lost with the disk.
   */
  readonly changelog?: boolean | 'topic'
  /** Keeps the values of the past, so far back: a stream's join then meets the row of its record's time (KIP-889). */
  readonly history?: Duration
}

const knownOptions: KnownOptions<TableOptions<any, any>> = {
  ...storeOptions,
  changelog: [...flag, 'topic'],
  history: true,
}

/** The one table of a topic. @throws SluiceError BAD_TOPOLOGY when two uses contradict each other */
export function addTable(
  graph: Graph,
  topic: Topic<any, any>,
  options: TableOptions<any, any>,
  line: string | undefined,
): TableSourceNode {
  checkKnown('table()', options, knownOptions, line)
  const source = sourceOf(graph, topic.name, topic, {}, line)
  const { changelog = true } = options
  const store = storeWish('table', { ...options, changelog: changelog !== false }, source.key, source.value, line)
  if (changelog === 'topic') refuseOtherBytes(source, store, line)
  const history = historyOf(options, line)
  const known = graph.nodes.find(node => node.kind === 'table-source' && node.parents[0] === source)
  if (known?.kind !== 'table-source') {
    const { key, value } = source
    return graph.add({
      kind: 'table-source',
      type: 'table',
      parents: [source],
      line,
      key,
      value,
      store,
      changelog,
      history,
    })
  }
  if (isSame(known.store, store) && known.changelog === changelog && known.history === history) return known
  throw new SluiceError('BAD_TOPOLOGY', `topic ${topic.name} is made a table twice, with different options`, {
    place: { line },
    hint: `use one table for both, or write the same options as at ${known.line ?? 'its first use'}`,
  })
}

/** @throws SluiceError BAD_DURATION, BAD_ARGUMENT */
function historyOf(
  { history, cache, changelog }: TableOptions<any, any>,
  line: string | undefined,
): number | undefined {
  if (history === undefined) return undefined
  if (cache === true) {
    throw new SluiceError('BAD_ARGUMENT', 'table({ history, cache: true })', {
      place: { line },
      hint: 'leave cache out: a table with a history tells each of its versions',
    })
  }
  if (changelog === 'topic') {
    throw new SluiceError('BAD_ARGUMENT', "table({ history, changelog: 'topic' })", {
      place: { line },
      hint: 'leave changelog out: the topic has neither the versions that were replaced nor the end of those that expired',
    })
  }
  return durationAt(history, 'table({ history })', line)
}

/** @throws SluiceError BAD_ARGUMENT */
function refuseOtherBytes(source: SourceNode, store: StoreWish, line: string | undefined): void {
  if (hasBytesOf(source, store)) return
  throw new SluiceError(
    'BAD_ARGUMENT',
    `table(${String(source.topic)}, { changelog: 'topic' }) with serdes of its own`,
    {
      place: { line },
      hint: 'the topic has other bytes than the store: leave out changelog, or give the store the serdes of the topic',
    },
  )
}

function isSame(a: StoreWish, b: StoreWish): boolean {
  return (
    a.as === b.as &&
    a.cache === b.cache &&
    a.changelog === b.changelog &&
    a.in === b.in &&
    a.key.serde === b.key.serde &&
    a.value.serde === b.value.serde
  )
}

import { SluiceError } from '../src/errors.js'
import { flag, type KnownOptions } from '../src/known-options.js'
import { present } from '../src/operators/present.js'
import type { StreamRecord } from '../src/record.js'
import type { Serde } from '../src/serde/serde.js'
import type { Duration } from '../src/time.js'
import type { StartFrom } from '../src/topology/spec.js'
import { durationAt } from './duration.js'
import { fairOf } from './fair.js'
import type { Graph } from './graph.js'
import type { Node, SourceNode, SourceOptions } from './nodes.js'
import { priorityOf } from './priority.js'
import { rateOf, type Rate } from './rate.js'
import { timesOf } from './timestamp.js'
import { checkSerde, type Topic } from './topic.js'
import { passesAll } from './uses.js'

/** Equal ones are one tenant. */
type Tenant = string | number | bigint | boolean | null | undefined

/** How a stream reads its topics. */
export interface StreamOptions<K, V, Keyless extends boolean = boolean, Tombstones extends boolean = boolean> {
  /**
   * Where to begin when the pipeline has no position yet: the first record (the default), after the last, at a time (a Date
   * or milliseconds since the epoch), or as far back from now as a duration says (a text: a number is a time).
   */
  readonly from?: 'earliest' | 'latest' | number | Date | Exclude<Duration, number>
  /** The time of a record in milliseconds since 1970. Default: the timestamp it carries. */
  readonly timestamp?: (value: V, key: K, record: StreamRecord<K, V>) => number
  /**
   * `true`: within a partition, times never go back; equal ones may follow one another. A record before the latest of its
   * partition fails with TIMESTAMP_NOT_MONOTONIC, and the stream's policy says what becomes of it. The latest time is
   * committed with the position, so it holds through restarts and rebalances. Default: such a record is out of order,
   * which is what grace is for. Flink's `AscendingTimestampExtractor` with its violation handler.
   *
   * @example
   * tracker.stream(mails, { timestamp: mail => Date.parse(mail.at), ascending: true })
   */
  readonly ascending?: boolean
  /**
   * When no record has come for so long, stream time goes on with the wall clock, so that windows close behind the last
   * record of a partition that falls silent. Default: stream time stands still without records.
   */
  readonly idleAfter?: Duration
  /**
   * Whose records go first where several streams wait in one worker: higher numbers, 0 where left out; or `{ weight: 3 }`
   * for three turns where others have one. A record of a higher number is also committed at once. Ageing keeps low ones
   * moving: they have at least one turn in 32. A number is kept behind a repartition. Not for what a join brings together in
   * the order of time.
   */
  readonly priority?: number | { readonly weight: number }
  /**
   * How many records of the topic are taken in at most: `'100/s'`, `'30/m'`. Each partition has its equal share, by
   * slots on the wall clock, so that the limit holds however many instances there are and however often they start. A record
   * waits for the next slot of its partition, the first one too. Meanwhile the partition shows as paused in the status.
   */
  readonly rate?: Rate
  /**
   * Tenants take turns: of the records of a partition that were fetched, up to `lookAhead` of them, the next one of each tenant
   * goes in turn, so that whoever has sent ten thousand does not hold up whoever has sent one. A tenant's own records keep
   * their order; of different tenants they do not, so a key should belong to one. Exactly once as ever. Not for what a join
   * brings together in the order of time.
   */
  readonly fairBy?: (value: OrNull<V, Tombstones>, key: OrNull<K, Keyless>) => Tenant
  /** How many records of a partition may wait for their tenant's turn. Default 1,000. */
  readonly lookAhead?: number
  /** `true`: null values are delivered, and the type of the values says so. Default: such a record fails. */
  readonly tombstones?: Tombstones
  /** `true`: records without a key are delivered, and the type of the keys says so. Default: such a record fails. */
  readonly keyless?: Keyless
}

/** A pattern has no topic that names its serdes. */
export interface PatternOptions<
  K,
  V,
  Keyless extends boolean = boolean,
  Tombstones extends boolean = boolean,
> extends StreamOptions<K, V, Keyless, Tombstones> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

export const streamOptions: KnownOptions<StreamOptions<any, any>> = {
  from: true,
  timestamp: true,
  ascending: true,
  idleAfter: true,
  priority: true,
  rate: true,
  fairBy: true,
  lookAhead: true,
  tombstones: flag,
  keyless: flag,
}
export const patternOptions: KnownOptions<PatternOptions<any, any>> = { ...streamOptions, key: true, value: true }

/** `T`, or null as well where the option was given. */
export type OrNull<T, Given extends boolean> = Given extends true ? T | null : T

/** Adds a stream over one topic. */
export function readTopic(
  graph: Graph,
  { name, key, value }: Topic<any, any>,
  options: StreamOptions<any, any>,
  line: string | undefined,
): Node {
  const source = sourceOf(graph, name, { key, value }, options, line)
  return checked(graph, source, options, line)
}

/** Adds a stream over every topic that the pattern finds, now and later. */
export function readPattern(
  graph: Graph,
  pattern: RegExp,
  options: PatternOptions<any, any>,
  line: string | undefined,
): Node {
  checkSerde(options?.key, 'stream(pattern, { key })')
  checkSerde(options?.value, 'stream(pattern, { value })')
  return checked(graph, sourceOf(graph, pattern, options, options, line), options, line)
}

/** The one source of a topic. @throws SluiceError BAD_TOPOLOGY when two uses contradict each other */
export function sourceOf(
  graph: Graph,
  topic: string | RegExp,
  serdes: { readonly key: Serde<any>; readonly value: Serde<any> },
  options: StreamOptions<any, any>,
  line: string | undefined,
): SourceNode {
  const wish: SourceOptions = {
    from: startFrom(options.from, line),
    ...timesOf(options, line),
    idleAfter: idleAfter(options, line),
    priority: priorityOf(options.priority, line),
    rate: rateOf(options.rate, line),
    fair: fairOf(options, line),
  }
  const known = graph.nodes.find(node => node.kind === 'source' && String(node.topic) === String(topic))
  if (known?.kind !== 'source') {
    const label = `topic ${String(topic)}`
    return graph.add({
      kind: 'source',
      topic,
      parents: [],
      line,
      key: { serde: serdes.key, why: label },
      value: { serde: serdes.value, why: label },
      options: wish,
    })
  }
  const there = known.options
  const same: readonly (readonly [what: string, same: boolean])[] = [
    ['serdes', known.key.serde === serdes.key && known.value.serde === serdes.value],
    ['from', JSON.stringify(there.from) === JSON.stringify(wish.from)],
    ['timestamp', there.timestamp === wish.timestamp],
    ['ascending', there.ascending === wish.ascending],
    ['idleAfter', there.idleAfter === wish.idleAfter],
    ['priority', JSON.stringify(there.priority) === JSON.stringify(wish.priority)],
    ['rate', there.rate === wish.rate],
    ['fairBy', there.fair?.by === wish.fair?.by && there.fair?.lookAhead === wish.fair?.lookAhead],
  ]
  const differs = same.find(([, equal]) => !equal)?.[0]
  if (differs === undefined) return known
  throw new SluiceError('BAD_TOPOLOGY', `topic ${String(topic)} is read twice, with different ${differs}`, {
    place: { line },
    hint: `a topic is read once: write the same here as at ${known.line ?? 'its first use'}, or use one stream for both`,
  })
}

function idleAfter({ idleAfter: given }: StreamOptions<any, any>, line: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const ms = durationAt(given, 'stream({ idleAfter })', line)
  if (ms > 0) return ms
  throw new SluiceError('BAD_ARGUMENT', 'stream(): an idleAfter of 0', {
    place: { line },
    hint: "give the longest pause that is usual between two records, such as '30s'",
  })
}

/** Types do not lie: what they do not allow is a failed record, never a null in a callback. */
function checked(graph: Graph, source: SourceNode, options: StreamOptions<any, any>, line: string | undefined): Node {
  if (options.tombstones === true && options.keyless === true) return source
  const needs = { key: options.keyless !== true, value: options.tombstones !== true }
  const same = graph.nodes.find(
    node =>
      node.kind === 'step' && node.type === 'stream' && node.parents[0] === source && node.callback === keyOf(needs),
  )
  return (
    same ??
    graph.add({
      kind: 'step',
      type: 'stream',
      parents: [source],
      line,
      key: source.key,
      value: source.value,
      operator: present(needs),
      // Null is passed as null even where nothing is decoded.
      uses: passesAll,
      rekeys: false,
      ends: false,
      callback: keyOf(needs),
    })
  )
}

function keyOf(needs: { readonly key: boolean; readonly value: boolean }): string {
  return `${needs.key} ${needs.value}`
}

const placesToStart =
  "write 'earliest', 'latest', a time (a Date or milliseconds since 1970), or a duration back from now such as '1h'"

function startFrom(from: StreamOptions<any, any>['from'], line: string | undefined): StartFrom | undefined {
  if (from === undefined || from === 'earliest' || from === 'latest') return from
  if (typeof from === 'string') return { back: durationAt(from, 'stream({ from })', line, placesToStart) }
  const time = from instanceof Date ? from.getTime() : from
  if (Number.isSafeInteger(time) && time >= 0) return { time }
  throw new SluiceError('BAD_ARGUMENT', `from: ${String(from)} is no place to start`, {
    place: { line },
    hint: placesToStart,
  })
}

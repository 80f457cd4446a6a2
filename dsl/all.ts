import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, flag, type KnownOptions } from '../src/known-options.js'
import { allParts, isName, partOf, type Expected } from '../src/operators/all-parts.js'
import type { Duration } from '../src/time.js'
import { durationAt } from './duration.js'
import { checkFunction, checkKeyed, checkSame, checkStream, type Fluent } from './fluent.js'
import type { AllNode } from './nodes.js'
import { choose, common, newValue, places } from './serdes.js'
import { checkName } from './topic.js'
import type { Callback, KeyOf, MeetingKeys, PartitioningOf, Say, SerdeFor, StreamMap, ValueOf } from './types.js'

/** How long parts are waited for, and where they wait. */
export interface AllOptions<K> {
  /** How long a key waits for its parts, on the wall clock from the first one on. */
  readonly timeout: Duration
  /**
   * How long a key is remembered after it was told, on the wall clock: parts that come again or too late are dropped and
   * counted (`duplicate_parts`, `late_parts`); afterwards the key may begin anew. Default: as `timeout`.
   */
  readonly remember?: Duration
  /** The name of the store. Default: made of the streams' names. */
  readonly as?: string
  /** How keys are written in the store. Default: as before. */
  readonly key?: SerdeFor<K>
  /** `false`: what waits is not kept in a topic, and is lost with the disk. Default `true`. */
  readonly changelog?: boolean
  /** Where the store lies. Default `'disk'`. */
  readonly in?: 'disk' | 'memory'
}

/** The same where each part has a stream of its own. */
export interface NamedPartsOptions<P extends StreamMap> extends AllOptions<NonNullable<KeyOf<P[keyof P]>>> {
  /** How the values of parts are written in the store. Default: as before, or the pipeline's default. */
  readonly values?: { readonly [N in keyof P]?: SerdeFor<NonNullable<ValueOf<P[N]>>> }
}

/** The same where the records of one stream are the parts. */
export interface CountedPartsOptions<K, V> extends AllOptions<NonNullable<K>> {
  /** The name of the part that a value is. */
  readonly part: Callback<NonNullable<K>, NonNullable<V>, string>
  /**
   * The names of all parts of a key, or how many there are. A function answers it from a value, or `undefined` where that
   * value does not say.
   */
  readonly expect: readonly string[] | number | Callback<NonNullable<K>, NonNullable<V>, Expected>
  /** How the values are written in the store. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<NonNullable<V>>
}

/** All parts of a key; or those that came in time, and the names of the others. */
export type AllParts<P extends StreamMap> =
  | {
      readonly complete: true
      readonly parts: { readonly [N in keyof P]: NonNullable<ValueOf<P[N]>> }
      readonly missing: readonly []
    }
  | {
      readonly complete: false
      readonly parts: { readonly [N in keyof P]?: NonNullable<ValueOf<P[N]>> }
      readonly missing: readonly `${keyof P & (string | number)}`[]
    }

/** What came for a key of a stream whose records are the parts. */
export interface CountedParts<V> {
  readonly complete: boolean
  readonly parts: Readonly<Record<string, V>>
  /** As far as the names are known. */
  readonly missing: readonly string[]
}

/** Streams that may not be partitioned by their keys, or whose keys are of no type of the others', do not compile. */
export type KeyedParts<P extends StreamMap> = {
  readonly [N in keyof P]: [PartitioningOf<P[N]>] extends ['keyed']
    ? P[N] & MeetingKeys<NonNullable<KeyOf<P[Exclude<keyof P, N>]>>, NonNullable<KeyOf<P[N]>>>
    : Say<'this stream is not partitioned by its key: write .repartition() (or groupBy, shard) before merge.all'>
}

export type AnyAllOptions = AllOptions<any> & {
  readonly values?: Readonly<Record<string, SerdeFor<any>>>
  readonly value?: SerdeFor<any>
  readonly part?: Callback<any, any, string>
  readonly expect?: Expected | Callback<any, any, Expected>
}

const known: KnownOptions<AllOptions<any>> = {
  timeout: true,
  remember: true,
  as: true,
  key: true,
  changelog: flag,
  in: places,
}
const knownNamed: KnownOptions<NamedPartsOptions<any>> = { ...known, values: true }
const knownCounted: KnownOptions<CountedPartsOptions<any, any>> = { ...known, part: true, expect: true, value: true }

/** One stream for each part. @throws SluiceError BAD_ARGUMENT, BAD_DURATION, BAD_TOPOLOGY */
export function addNamedParts(
  streams: readonly (readonly [string, Fluent])[],
  options: AnyAllOptions,
  line: string | undefined,
): AllNode {
  const names = streams.map(([name]) => name)
  if (names.length === 0) {
    throw new SluiceError('BAD_ARGUMENT', 'merge.all() without a stream', {
      place: { line },
      hint: "name each part: merge.all({ video, sound }, { timeout: '10m' })",
    })
  }
  const wrong = names.find(name => !isName(name))
  if (wrong !== undefined) {
    throw new SluiceError('BAD_ARGUMENT', `merge.all() with a part named ${valueText(wrong)}`, {
      place: { line },
      hint: 'name each part by a text that is not empty, of 65,535 bytes at most',
    })
  }
  checkStreams(
    streams.map(([, stream]) => stream),
    line,
  )
  checkKnown('merge.all()', options, knownNamed, line)
  checkKnown('merge.all({ values })', options?.values, Object.fromEntries(names.map(name => [name, true])), line)
  const sides = streams.map(([name], side) => partOf(side, { part: () => name, expect: () => names }))
  const values = streams.map(([name, stream]) =>
    choose(options?.values?.[name], `merge.all({ values: { ${name} } })`, stream['~node'].value),
  )
  return addAll(
    streams.map(([, stream]) => stream),
    { sides, values },
    options,
    line,
  )
}

/** Parts that are records of one stream. @throws SluiceError BAD_ARGUMENT, BAD_DURATION, BAD_TOPOLOGY */
export function addCountedParts(stream: Fluent, options: AnyAllOptions, line: string | undefined): AllNode {
  checkKnown('merge.all()', options, knownCounted, line)
  const { part, expect, value } = options ?? ({} as Partial<AnyAllOptions>)
  checkFunction(part, 'merge.all({ part })', line)
  if (Array.isArray(expect) && (expect.length === 0 || !expect.every(isName))) {
    throw new SluiceError('BAD_ARGUMENT', `merge.all({ expect: ${valueText(expect)} }) names no parts`, {
      place: { line },
      hint: "name each part of a key: expect: ['video', 'sound']; or say how many there are",
    })
  }
  const isFixed = Array.isArray(expect) || (Number.isSafeInteger(expect) && (expect as number) > 0)
  if (!isFixed) checkFunction(expect, 'merge.all({ expect }) (or names, or a number above 0)', line)
  const expected = isFixed ? () => expect as Expected : (expect as Callback<any, any, Expected>)
  const sides = [partOf(0, { part: part!, expect: expected })]
  const values = [choose(value, 'merge.all({ value })', stream['~node'].value)]
  return addAll([stream], { sides, values }, options, line)
}

/** @throws SluiceError BAD_ARGUMENT, BAD_TOPOLOGY unless they are streams of one pipeline */
function checkStreams(streams: readonly Fluent[], line: string | undefined): void {
  for (const stream of streams) {
    checkSame(streams[0]?.['~graph'], stream, 'merge.all()', line)
    checkStream(stream, 'merge.all()', line)
  }
}

function addAll(
  streams: readonly Fluent[],
  parts: Pick<AllNode, 'sides' | 'values'>,
  options: AnyAllOptions,
  line: string | undefined,
): AllNode {
  const graph = streams[0]!['~graph']
  const parents = streams.map(stream => stream['~node'])
  if (options?.timeout === undefined) {
    throw new SluiceError('BAD_ARGUMENT', 'merge.all() needs to know how long a key waits for its parts', {
      place: { line },
      hint: "write merge.all(…, { timeout: '10m' }): then it tells what is there, and what is missing",
    })
  }
  for (const parent of parents) checkKeyed(parent, 'merge.all()', line)
  const { as, changelog = true, in: where = 'disk' } = options
  if (as !== undefined) checkName(as, 'store', line)
  const timeout = durationAt(options.timeout, 'merge.all({ timeout })', line)
  const remember = durationAt(options.remember ?? timeout, 'merge.all({ remember })', line)
  const keys = common(
    parents.map(({ key }) => key),
    'keys',
    'merge.all()',
  )
  const key = choose(options.key, 'merge.all({ key })', keys)
  return graph.add({
    kind: 'all',
    type: 'merge.all',
    parents,
    line,
    key,
    value: newValue('merge.all', line, graph.defaultValue),
    store: { as, key, changelog, in: where },
    ...parts,
    operator: names => allParts({ ...names, timeout, remember }),
  })
}

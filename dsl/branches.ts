import { SluiceError, valueText } from '../src/errors.js'
import type { MappedRecord } from '../src/operators/map-record.js'
import type { StreamRecord } from '../src/record.js'
import type { AllParts, AnyAllOptions, NamedPartsOptions } from './all.js'
import { checkFunction, type Fluent } from './fluent.js'
import { merge } from './merge-all.js'
import { callSite } from './place.js'
import type { ShardOptions } from './shard.js'
import type { ToOptions } from './sink.js'
import type { Stream } from './stream.js'
import type { Sink } from './topic.js'
import type {
  AnyStream,
  Callback,
  KeyOf,
  MeetingKeys,
  PartitioningOf,
  Say,
  SerdeFor,
  ValueOf,
  StreamMap,
} from './types.js'

/**
 * Named (or numbered) streams: `branches.paid` is one of them, iterating gives all, and the operators apply to every one.
 * `merge()` makes them one stream.
 */
export type Branches<B extends StreamMap> = BranchOperators<B> & { readonly [N in keyof B]: B[N] }

type Each<B extends StreamMap> = B[keyof B]
type EachStream<B extends StreamMap> = Stream<KeyOf<Each<B>>, ValueOf<Each<B>>, PartitioningOf<Each<B>>>

/** Operators of a stream, applied to every branch: each does to all of them what it does to one (see `Stream`). */
export interface BranchOperators<B extends StreamMap> {
  filter<S extends ValueOf<Each<B>>>(
    predicate: (
      value: ValueOf<Each<B>>,
      key: KeyOf<Each<B>>,
      record: StreamRecord<KeyOf<Each<B>>, ValueOf<Each<B>>>,
    ) => value is S,
  ): Branches<{ [N in keyof B]: Stream<KeyOf<B[N]>, ValueOf<B[N]> & S, PartitioningOf<B[N]>> }>
  filter(predicate: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, unknown>): Branches<B>
  filterNot<S extends ValueOf<Each<B>>>(
    predicate: (
      value: ValueOf<Each<B>>,
      key: KeyOf<Each<B>>,
      record: StreamRecord<KeyOf<Each<B>>, ValueOf<Each<B>>>,
    ) => value is S,
  ): Branches<{ [N in keyof B]: Stream<KeyOf<B[N]>, Exclude<ValueOf<B[N]>, S>, PartitioningOf<B[N]>> }>
  filterNot(predicate: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, unknown>): Branches<B>
  map<R>(
    fn: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, R>,
  ): Branches<{ [N in keyof B]: Stream<KeyOf<B[N]>, R, PartitioningOf<B[N]>> }>
  flatMap<R>(
    fn: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, Iterable<R>>,
  ): Branches<{ [N in keyof B]: Stream<KeyOf<B[N]>, R, PartitioningOf<B[N]>> }>
  peek(fn: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, void>): Branches<B>
  selectKey<K2>(
    fn: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, K2>,
  ): Branches<{ [N in keyof B]: Stream<K2, ValueOf<B[N]>, 'rekeyed'> }>
  mapRecord<K2, V2>(
    fn: (
      record: StreamRecord<KeyOf<Each<B>>, ValueOf<Each<B>>>,
    ) => MappedRecord<K2, V2> | readonly MappedRecord<K2, V2>[],
  ): Branches<{ [N in keyof B]: Stream<K2, V2, 'rekeyed'> }>
  shard<K2 extends string>(
    options: ShardOptions<KeyOf<Each<B>>, ValueOf<Each<B>>, K2>,
  ): Branches<{ [N in keyof B]: Stream<K2, ValueOf<B[N]>, 'keyed'> }>
  shard<K2>(
    options: ShardOptions<KeyOf<Each<B>>, ValueOf<Each<B>>, K2> & { readonly key: SerdeFor<K2> },
  ): Branches<{ [N in keyof B]: Stream<K2, ValueOf<B[N]>, 'keyed'> }>
  to(
    topic:
      | Sink<NonNullable<KeyOf<Each<B>>>, NonNullable<ValueOf<Each<B>>>>
      | Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, Sink<NonNullable<KeyOf<Each<B>>>, NonNullable<ValueOf<Each<B>>>>>,
    options?: ToOptions<KeyOf<Each<B>>, ValueOf<Each<B>>>,
  ): void
  forEach(fn: Callback<KeyOf<Each<B>>, ValueOf<Each<B>>, void>): void
  /** What the function makes of each branch, by name. */
  each<R>(fn: (stream: EachStream<B>, name: keyof B) => R): { [N in keyof B]: R }
  /** One stream of all branches; `merge.all` waits for the parts of a key, one from each branch. */
  readonly merge: BranchMerge<B>
  [Symbol.iterator](): Iterator<Each<B>>
}

export interface BranchMerge<B extends StreamMap> {
  (this: BranchesMeet<B> extends true ? unknown : KeysApart): EachStream<B>
  /** As `merge.all` of streams by their names. */
  all(
    ...options: [PartitioningOf<Each<B>>] extends ['keyed']
      ? BranchesMeet<B> extends true
        ? [options: NamedPartsOptions<B>]
        : [KeysApart]
      : [Say<'a branch is not partitioned by its key: write .repartition() (or groupBy, shard) before merge.all'>]
  ): Stream<NonNullable<KeyOf<Each<B>>>, AllParts<B>, 'keyed'>
}

type KeysApart =
  Say<'the keys of the branches are of different types, so they never meet: give them keys of one type before'>

/** Whether the keys of each branch can meet those of the others. */
type BranchesMeet<B extends StreamMap> =
  Record<keyof B, unknown> extends {
    [N in keyof B]: MeetingKeys<NonNullable<KeyOf<B[Exclude<keyof B, N>]>>, NonNullable<KeyOf<B[N]>>>
  }
    ? true
    : false

/** The numbers below `N`. */
export type Indices<N extends number, A extends number[] = []> = number extends N
  ? number
  : A['length'] extends N
    ? A[number]
    : Indices<N, [...A, A['length']]>

/** The branches of a split: each narrowed by its type guard, and the rest. */
export type Splits<S extends AnyStream, B> = {
  [N in keyof B | 'rest']: N extends keyof B
    ? Stream<KeyOf<S>, Narrowed<B[N], ValueOf<S>>, PartitioningOf<S>>
    : Stream<KeyOf<S>, ValueOf<S>, PartitioningOf<S>>
}

type Narrowed<Guard, V> = Guard extends ((value: any, ...more: any[]) => value is infer S) ? Extract<S, V> : V

/** Branch names that would hide an operator do not compile. */
export type NotReserved<B> = {
  [N in keyof B]: N extends keyof BranchOperators<any> | 'rest' | 'then'
    ? Say<'this name is an operator of branches; choose another name'>
    : B[N]
}

type LooseStream = Stream<any, any, any>

/** The operators of branches, over streams by name. The types are those of `Branches`. */
class BranchSet {
  readonly #streams: readonly (readonly [string, LooseStream])[]

  constructor(streams: readonly (readonly [string, LooseStream])[]) {
    this.#streams = streams
    for (const [name, stream] of streams) Object.defineProperty(this, name, { value: stream, enumerable: true })
    Object.freeze(this)
  }

  filter(predicate: Callback<any, any, unknown>): unknown {
    return this.#map(stream => stream.filter(predicate))
  }

  filterNot(predicate: Callback<any, any, unknown>): unknown {
    return this.#map(stream => stream.filterNot(predicate))
  }

  map(fn: Callback<any, any, unknown>): unknown {
    return this.#map(stream => stream.map(fn))
  }

  flatMap(fn: Callback<any, any, Iterable<unknown>>): unknown {
    return this.#map(stream => stream.flatMap(fn))
  }

  peek(fn: Callback<any, any, void>): unknown {
    return this.#map(stream => stream.peek(fn))
  }

  selectKey(fn: Callback<any, any, unknown>): unknown {
    return this.#map(stream => stream.selectKey(fn))
  }

  mapRecord(fn: (record: StreamRecord<any, any>) => MappedRecord<unknown, unknown>): unknown {
    return this.#map(stream => stream.mapRecord(fn))
  }

  shard(options: ShardOptions<any, any, any>): unknown {
    return this.#map(stream => stream.shard(options))
  }

  to(topic: Sink<any, any>, options?: ToOptions<any, any>): void {
    for (const [, stream] of this.#streams) stream.to(topic, options)
  }

  forEach(fn: Callback<any, any, void>): void {
    for (const [, stream] of this.#streams) stream.forEach(fn)
  }

  each(fn: (stream: LooseStream, name: string) => unknown): unknown {
    checkFunction(fn, 'each()', callSite())
    return Object.fromEntries(this.#streams.map(([name, stream]) => [name, fn(stream, name)]))
  }

  get merge(): BranchMerge<any> {
    const [first, ...others] = this.#streams.map(([, stream]) => stream)
    const all = (options: AnyAllOptions): LooseStream => merge.all(Object.fromEntries(this.#streams), options)
    // Types take nothing here; what JavaScript gives is for the stream's merge to take or refuse.
    return Object.assign((...given: []) => first!.merge(...others, ...given), { all })
  }

  *[Symbol.iterator](): Iterator<unknown> {
    for (const [, stream] of this.#streams) yield stream
  }

  #map(operator: (stream: LooseStream) => LooseStream): unknown {
    return new BranchSet(this.#streams.map(([name, stream]) => [name, operator(stream)]))
  }
}

const reserved = new Set([...Object.getOwnPropertyNames(BranchSet.prototype), 'then'])

/** @throws SluiceError BAD_ARGUMENT for no branches and for names that are operators */
export function branchesOf<B extends StreamMap>(
  streams: readonly (readonly [string, unknown])[],
  line: string | undefined,
): Branches<B> {
  if (streams.length === 0) {
    throw new SluiceError('BAD_ARGUMENT', 'there is no branch', { place: { line }, hint: 'name at least one branch' })
  }
  for (const [name] of streams) checkBranchName(name, line)
  return new BranchSet(streams as readonly (readonly [string, LooseStream])[]) as unknown as Branches<B>
}

function checkBranchName(name: string, line: string | undefined): void {
  if (/^[A-Za-z0-9._-]+$/.test(name) && !reserved.has(name)) return
  throw new SluiceError('BAD_ARGUMENT', `${JSON.stringify(name)} cannot be the name of a branch`, {
    place: { line },
    hint: 'choose a name that is not an operator, of the characters a-z A-Z 0-9 . _ -',
  })
}

/** The names of `copy({ name: fn })`. @throws SluiceError BAD_ARGUMENT for what is no function */
export function copiesOf(copies: Readonly<Record<string, unknown>>, line: string | undefined): string[] {
  for (const [name, fn] of Object.entries(copies)) checkFunction(fn, `copy({ ${name} })`, line)
  return Object.keys(copies)
}

/** @throws SluiceError BAD_ARGUMENT unless the function of a copy has answered what goes on */
export function checkedCopy(copy: AnyStream, name: string, line: string | undefined): AnyStream {
  if ((copy as Partial<Fluent> | undefined | null)?.['~node'] !== undefined) return copy
  throw new SluiceError('BAD_ARGUMENT', `the function of copy({ ${name} }) answered ${valueText(copy)}, no stream`, {
    place: { line },
    hint: `answer what goes on: copy({ ${name}: stream => stream.map(…) })`,
  })
}

/** The names of `copy(count)`. @throws SluiceError BAD_ARGUMENT unless it is a whole number above 0 */
export function copyNames(count: number, line: string | undefined): string[] {
  if (Number.isSafeInteger(count) && count > 0) return Array.from({ length: count }, (_, i) => String(i))
  throw new SluiceError('BAD_ARGUMENT', `copy(${String(count)}) needs a whole number above 0`, {
    place: { line },
    hint: 'say how many independent copies there are to be: copy(3)',
  })
}

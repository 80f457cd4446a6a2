import {
  addCountedParts,
  addNamedParts,
  type AllParts,
  type AnyAllOptions,
  type CountedParts,
  type CountedPartsOptions,
  type KeyedParts,
  type NamedPartsOptions,
} from './all.js'
import type { Fluent } from './fluent.js'
import { callSite } from './place.js'
import { Stream } from './stream.js'
import type { KeyOf, StreamMap } from './types.js'

/** Waits for every part of a key and tells them once. */
export interface MergeAll {
  /**
   * A key's parts come in one stream: a name for each, and which or how many there are.
   *
   * @example
   * merge.all(jobs, { part: job => job.id, expect: job => job.jobsOfImport, timeout: '1h' })
   */
  <K, V>(
    stream: Stream<K, V, 'keyed'>,
    options: CountedPartsOptions<K, V>,
  ): Stream<NonNullable<K>, CountedParts<NonNullable<V>>, 'keyed'>
  /**
   * Each part has a stream of its own. Branches have the same as `branches.merge.all(options)`.
   *
   * @example
   * merge.all({ video, sound }, { timeout: '10m' })
   *   .map(({ parts, missing }) => ({ ...parts, missing }))
   */
  <P extends StreamMap>(
    parts: P & KeyedParts<P>,
    options: NamedPartsOptions<P>,
  ): Stream<NonNullable<KeyOf<P[keyof P]>>, AllParts<P>, 'keyed'>
}

/**
 * Brings streams together. `merge.all` is the barrier: it waits until every part of a key has come and emits them once; after
 * `timeout` it emits what is there and names what is missing. What waits is in a store; waits end once, through restarts.
 * A result has the timestamp of its latest part.
 */
export const merge: { readonly all: MergeAll } = { all: mergeAll as MergeAll }

function mergeAll(parts: Fluent | Readonly<Record<string, Fluent>>, options: AnyAllOptions): Stream<any, any, any> {
  const line = callSite()
  if (isStream(parts)) return new Stream(parts['~graph'], addCountedParts(parts, options, line))
  const streams = Object.entries(parts ?? {})
  const node = addNamedParts(streams, options, line)
  return new Stream(streams[0]![1]['~graph'], node)
}

function isStream(parts: Fluent | Readonly<Record<string, Fluent>>): parts is Fluent {
  return parts instanceof Stream
}

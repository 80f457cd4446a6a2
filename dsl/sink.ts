import { SluiceError } from '../src/errors.js'
import type { KnownOptions } from '../src/known-options.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { SerdeChoice } from './nodes.js'
import { checkName, type Sink } from './topic.js'
import type { Callback } from './types.js'

/** How records are placed in the partitions of the topic that they are written to. */
export interface ToOptions<K, V> {
  /** The partition of a record, `0 ≤ p < partitions`. Default: Java's murmur2 of the key's bytes. */
  readonly partitioner?: (key: K, value: V, partitions: number, keyBytes: Uint8Array | null) => number
}

export const toOptions: KnownOptions<ToOptions<any, any>> = { partitioner: true }

const perRecord: SerdeChoice = { serde: undefined, why: 'the topic of each record' }

/** Ends a chain in a topic, or in those that a function chooses. */
export function addSink(
  from: Fluent,
  target: Sink<any, any> | Callback<any, any, Sink<any, any>>,
  options: ToOptions<any, any>,
  line: string | undefined,
): void {
  if (typeof target !== 'function') checkSink(target, 'to()', line)
  if (options.partitioner !== undefined) checkFunction(options.partitioner, 'to({ partitioner })', line)
  from['~graph'].add({
    kind: 'sink',
    parents: [from['~node']],
    line,
    key: perRecord,
    value: perRecord,
    target,
    partitioner: options.partitioner,
  })
}

/** @throws SluiceError BAD_ARGUMENT unless it is a topic with both serdes */
export function checkSink(topic: Sink<any, any>, what: string, line: string | undefined): void {
  if (typeof topic?.key?.serialize !== 'function' || typeof topic.value?.serialize !== 'function') {
    throw new SluiceError('BAD_ARGUMENT', `${what} needs a topic with its serdes`, {
      place: { line },
      hint: "make one: topic('name', { key: string, value: json() })",
    })
  }
  checkName(topic.name, 'topic', line)
}

import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Serde, Serializer } from '../src/serde/serde.js'
import { callSite } from './place.js'

/** A topic and how its keys and values are written. Made by `topic()`. */
export interface Topic<in out K, in out V> extends Sink<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** What `to` needs of a topic: a topic that takes more than the stream has is as good. */
export interface Sink<in K, in V> {
  readonly name: string
  readonly key: Serializer<K>
  readonly value: Serializer<V>
}

const legal = /^[a-zA-Z0-9._-]{1,249}$/

/** @throws SluiceError BAD_ARGUMENT unless Kafka would take it as the name of a topic */
export function checkName(name: string, what: string, line?: string): void {
  if (typeof name === 'string' && legal.test(name) && name !== '.' && name !== '..') return
  throw new SluiceError('BAD_ARGUMENT', `${what} ${valueText(name)} is not a name`, {
    place: { line: line ?? callSite() },
    hint: 'use 1 to 249 of the characters a-z A-Z 0-9 . _ -',
  })
}

/**
 * A topic by name, with the serdes of its keys and values. It makes nothing: the topic must exist when the pipeline starts.
 *
 * @throws SluiceError BAD_ARGUMENT for a name that Kafka would not take
 * @example
 * const jobs = topic('jobs', { key: string, value: json<{ importId: string }>() })
 */
export function topic<K, V>(name: string, serdes: { readonly key: Serde<K>; readonly value: Serde<V> }): Topic<K, V> {
  checkName(name, 'topic')
  checkKnown('topic()', serdes, knownSerdes, callSite())
  checkSerde(serdes?.key, `topic(${JSON.stringify(name)}, { key })`)
  checkSerde(serdes?.value, `topic(${JSON.stringify(name)}, { value })`)
  return Object.freeze({ name, key: serdes.key, value: serdes.value })
}

interface Serdes {
  readonly key: Serde<any>
  readonly value: Serde<any>
}

export const knownSerdes: KnownOptions<Serdes> = { key: true, value: true }

/** @throws SluiceError BAD_ARGUMENT */
export function checkSerde(serde: unknown, what: string): void {
  const { serialize, deserialize } = (serde ?? {}) as Partial<Serde<unknown>>
  if (typeof serialize === 'function' && typeof deserialize === 'function') return
  throw new SluiceError('BAD_ARGUMENT', `${what} is not a serde`, {
    place: { line: callSite() },
    hint: 'give one of the serdes (string, long, json<T>(), avro(schema), …) or an object with serialize and deserialize',
  })
}

import { SluiceError, valueText } from '../errors.js'
import { bytes } from '../serde/bytes.js'
import type { Serde, Serializer } from '../serde/serde.js'
import type { TopologySpec } from '../topology/spec.js'
import { namedTopics } from '../topology/check.js'
import { reads } from '../topology/topics.js'

/** A topic with its types, as `topic()` makes it. */
export interface TypedTopic<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** @throws SluiceError BAD_ARGUMENT unless it is a topic, or the name of one */
export function checkTopic(topic: unknown, by: string): void {
  if (typeof topic === 'string') return
  const { name, key, value } = (topic ?? {}) as Partial<TypedTopic<unknown, unknown>>
  if (typeof name === 'string' && key !== undefined && value !== undefined) return
  throw new SluiceError('BAD_ARGUMENT', `${by} needs a topic, not ${valueText(topic)}`, {
    hint: `give what topic('…') made, or its name: ${by.replace('()', "('orders')")}`,
  })
}

/** With the serdes with which the pipeline writes it, or reads it; the bytes, where it knows none. */
export function writtenTopic(spec: TopologySpec, topic: string): TypedTopic<unknown, unknown> {
  for (const node of spec.nodes) {
    if (node.kind !== 'sink' || node.topic !== topic) continue
    const { key, value } = node
    if (isSerde(key) && isSerde(value)) return { name: topic, key, value }
  }
  return found(spec, topic) ?? { name: topic, key: raw, value: raw }
}

/** With the serdes with which the pipeline reads it. @throws SluiceError UNKNOWN_TOPIC */
export function readTopic(spec: TopologySpec, topic: string): TypedTopic<unknown, unknown> {
  const typed = found(spec, topic)
  if (typed !== undefined) return typed
  throw new SluiceError('UNKNOWN_TOPIC', `the pipeline does not read "${topic}"`, {
    place: { topic },
    hint: 'give a topic that the pipeline reads, or its name',
  })
}

/** The error for a topic that the pipeline neither reads nor writes. */
export function unknownOutput(spec: TopologySpec, topic: string): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `the pipeline neither writes nor reads "${topic}"`, {
    place: { topic },
    hint: `there are ${namedTopics(spec).join(', ')}, its internal topics, and what testDriver({ topics }) names`,
  })
}

function found(spec: TopologySpec, topic: string): TypedTopic<unknown, unknown> | undefined {
  for (const node of spec.nodes) {
    if (node.kind !== 'source') continue
    const { key, value } = node
    if (reads(node, spec.application, topic)) return { name: topic, key, value }
  }
  for (const { topic: name, key, value } of spec.globals ?? []) if (name === topic) return { name, key, value }
  return undefined
}

/** What is in no serde's hand: only ever read here. */
const raw = bytes as unknown as Serde<unknown>

const isSerde = (serializer: Serializer<unknown>): serializer is Serde<unknown> => 'deserialize' in serializer

import type { MemberAssignment } from '../../log.js'
import { byTopic } from '../wire/by-topic.js'
import { WireReader } from '../wire/reader.js'
import { Writer } from '../wire/writer.js'

/** What a member brings to a join. */
export interface Subscription {
  readonly topics: readonly string[]
  readonly userData: Uint8Array
}

/*
 * The formats of protocol type 'consumer' (ConsumerProtocolSubscription and ConsumerProtocolAssignment v0), so that Kafka's
 * tools show the topics and partitions of a group:
 *
 *   subscription => version: int16, [topic: string] user_data: nullable bytes
 *   assignment   => version: int16, [topic: string, [partition: int32]] user_data: nullable bytes
 *
 * Later versions append fields, which are passed over.
 */

export function encodeSubscription({ topics, userData }: Subscription): Buffer {
  const to = new Writer().int16(0)
  to.array(topics, topic => to.string(topic)).bytes(userData)
  return Buffer.concat(to.parts())
}

export function decodeSubscription(bytes: Buffer): Subscription {
  const from = new WireReader(bytes)
  from.int16()
  return { topics: from.array(() => from.string()), userData: from.bytes() }
}

export function encodeAssignment({ partitions, userData }: MemberAssignment): Buffer {
  const to = new Writer().int16(0)
  to.array(byTopic(partitions), one => {
    to.string(one.topic).array(one.partitions, ({ partition }) => to.int32(partition))
  })
  to.bytes(userData)
  return Buffer.concat(to.parts())
}

/** Empty bytes are no assignment: the leader left the member out. */
export function decodeAssignment(bytes: Buffer): MemberAssignment {
  if (bytes.length === 0) return { partitions: [], userData: bytes }
  const from = new WireReader(bytes)
  from.int16()
  const topics = from.array(() => {
    const topic = from.string()
    return from.array(() => ({ topic, partition: from.int32() }))
  })
  return { partitions: topics.flat(), userData: from.bytes() }
}

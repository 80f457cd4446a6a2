import { SluiceError, counted, createTopic, errorText, valueText } from '../errors.js'
import { partitionOf } from '../log/partitioner.js'
import { rendezvousOf } from '../log/rendezvous.js'
import { plain } from '../operators/callback.js'
import { addressedKey, type Addressed } from '../operators/choose-sink.js'
import type { Process } from '../operators/operator.js'
import { withoutReplay } from '../operators/origin.js'
import { asBuffer } from '../serde/buffer.js'
import type { Serializer } from '../serde/serde.js'
import { unpartitionedBytes } from '../serde/windowed.js'
import type { Partitioner, SinkSpec } from '../topology/spec.js'
import { unread } from '../serde/unread.js'
import type { TaskRecord } from './current-record.js'
import type { Outbox } from './outbox.js'
import type { TopicSizes } from './topic-sizes.js'

export interface SinkHost {
  readonly outbox: Outbox
  readonly record: TaskRecord
  readonly sizes: TopicSizes
  fail(node: SinkSpec, error: unknown, key: unknown, value: unknown): void | Promise<void>
}

/**
 * The end of a chain: the record's bytes go into the open batch of their partition.
 *
 * @param asRead whether a value that is still the one the record came with may go as the bytes it came as
 */
export function sink(node: SinkSpec, asRead: boolean, host: SinkHost): Process {
  const { outbox, record, sizes } = host
  const keys = new KeyScratch(node.key)
  const unpartitioned = unpartitionedBytes(node.key)
  const isAddressed = node.key === addressedKey
  const place = node.partitioner === 'rendezvous' ? rendezvousOf : partitionOf
  let turn = 0

  const write = (topic: string, partitions: number, key: unknown, value: unknown, timestamp: number): void => {
    keys.put(key, record)
    let partition: number
    if (typeof node.partitioner === 'function') {
      const bytes = keys.end < 0 ? null : keys.buffer.subarray(keys.start, keys.end)
      partition = chosen(node.partitioner, key, value, partitions, bytes)
      if (!(Number.isInteger(partition) && partition >= 0 && partition < partitions)) {
        throw new SluiceError(
          'CALLBACK',
          `the partitioner answered ${valueText(partition)} for ${counted(partitions, 'partition')}`,
          {
            hint: `answer a whole number from 0 to ${partitions - 1}`,
          },
        )
      }
    } else if (keys.end < 0) partition = turn++ % partitions
    else {
      const spare = isAddressed ? unpartitionedBytes((key as Addressed).sink.key) : unpartitioned
      partition = place(keys.buffer, keys.start, keys.end - spare, partitions)
    }
    const headers = withoutReplay(record.headers)
    const bytes = value === unread ? record.unread : asRead ? record.bytesOf(value) : undefined
    if (bytes !== undefined) {
      const { buffer, valueStart, valueEnd } = bytes
      outbox.addRaw(
        topic,
        partition,
        timestamp,
        keys.buffer,
        keys.start,
        keys.end,
        buffer,
        valueStart,
        valueEnd,
        headers,
      )
    } else {
      outbox.add(topic, partition, timestamp, keys.buffer, keys.start, keys.end, value, node.value, headers)
    }
  }

  const attempt = (topic: string, partitions: number, key: unknown, value: unknown, timestamp: number) => {
    try {
      write(topic, partitions, key, value, timestamp)
    } catch (error) {
      return host.fail(node, serializing(error, node, topic), key, value)
    }
    return undefined
  }

  const unknown = (topic: string, key: unknown, value: unknown) => host.fail(node, unknownTopic(topic), key, value)

  const { topic } = node
  if (typeof topic === 'string') {
    if (node.repartition === undefined) {
      return (key, value, timestamp) => attempt(topic, sizes.known(topic)!, key, value, timestamp)
    }
    return (key, value, timestamp) =>
      key === null || key === undefined
        ? host.fail(node, nullKey(), key, value)
        : attempt(topic, sizes.known(topic)!, key, value, timestamp)
  }
  return (key, value, timestamp) => {
    let name: string
    try {
      name = topic(value, key, record.view(key, value, timestamp))
    } catch (error) {
      return host.fail(node, error, key, value)
    }
    const partitions = sizes.found(name)
    if (partitions !== undefined) return attempt(name, partitions, key, value, timestamp)
    return sizes
      .find(name)
      .then(found => (found === undefined ? unknown(name, key, value) : attempt(name, found, key, value, timestamp)))
  }
}

/** The bytes of the key at hand, in a buffer that is used again for each record. */
class KeyScratch {
  buffer: Buffer = Buffer.allocUnsafeSlow(256)
  start = 0
  /** -1: the key is null. */
  end = -1
  #own = this.buffer
  readonly #serializer: Serializer<unknown>

  constructor(serializer: Serializer<unknown>) {
    this.#serializer = serializer
  }

  put(key: unknown, record: TaskRecord): void {
    this.start = 0
    if (key === unread) {
      const { buffer, keyStart, keyEnd } = record.unread!
      this.buffer = buffer
      this.start = keyStart
      this.end = keyEnd
      return
    }
    this.buffer = this.#own
    if (key === null || key === undefined) {
      this.end = -1
      return
    }
    const serializer = this.#serializer
    if (serializer.serializeInto === undefined) {
      const bytes = serializer.serialize(key)
      this.buffer = asBuffer(bytes)
      this.end = bytes.byteLength
      return
    }
    let length = serializer.serializeInto(key, this.buffer, 0)
    while (length < 0) {
      this.#own = this.buffer = Buffer.allocUnsafeSlow(this.buffer.length - length + this.buffer.length)
      length = serializer.serializeInto(key, this.buffer, 0)
    }
    this.end = length
  }
}

/** What the user's function answers. @throws SluiceError CALLBACK for what it throws */
function chosen(partitioner: Partitioner, ...given: Parameters<Partitioner>): number {
  try {
    return plain(partitioner(...given))
  } catch (error) {
    if (error instanceof SluiceError) throw error
    throw new SluiceError('CALLBACK', `the partitioner threw: ${errorText(error)}`, {
      cause: error,
      hint: 'mend the function, or let such records pass by: deadLetter(topic) keeps them, skip() counts them',
    })
  }
}

function serializing(error: unknown, node: SinkSpec, topic: string): SluiceError {
  if (error instanceof SluiceError) {
    // The place that counts is the source record's; the target is told by the words.
    const { code, what, hint } = error
    return new SluiceError(code, what, hint === undefined ? { cause: error } : { cause: error, hint })
  }
  const serdes = `${node.key.name ?? 'the key serde'}, ${node.value.name ?? 'the value serde'}`
  return new SluiceError('SERIALIZE', `the record could not be written to ${topic}: ${errorText(error)} (${serdes})`, {
    cause: error,
    hint: 'make the value fit the serde of the topic, or name another one',
  })
}

function unknownTopic(topic: string): SluiceError {
  return new SluiceError('UNKNOWN_TOPIC', `there is no topic "${topic}" to write to`, {
    hint: createTopic(topic),
  })
}

function nullKey(): SluiceError {
  return new SluiceError('NULL_KEY', 'the new key is null, so the record belongs to no partition', {
    hint: 'filter such records out before, or give them a key; skip() or deadLetter(topic) lets them pass by',
  })
}

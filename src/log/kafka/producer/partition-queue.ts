import type { ProducerIdentity } from '../requests/init-producer-id.js'
import type { Batch } from './batch.js'

const sequences = 2 ** 31

/** The batches of one partition, in order; one at a time is on its way. */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  readonly batches: Batch[] = []
  /** Part of the transaction; always true without one. */
  admitted: boolean
  inFlight = false
  /** The finished bytes of the first batch: a repetition must carry the same sequence. */
  #finished: Buffer | undefined
  #identity: ProducerIdentity | undefined
  #sequence = 0
  /** When the first batch was first tried to be sent, by `performance.now()`; 0 before. */
  since = 0
  /** The owner knows that the first batch meets failures. */
  reported = false

  constructor(topic: string, partition: number, admitted: boolean) {
    this.topic = topic
    this.partition = partition
    this.admitted = admitted
  }

  get ready(): boolean {
    return this.admitted && !this.inFlight && this.batches.length > 0
  }

  /** The bytes of the first batch, stamped when it is first sent. */
  first(identity: ProducerIdentity, transactional: boolean): Buffer {
    if (this.#finished !== undefined) return this.#finished
    if (this.#identity?.id !== identity.id || this.#identity.epoch !== identity.epoch) this.#sequence = 0
    this.#identity = identity
    this.tries()
    const { builder } = this.batches[0]!
    this.#finished = builder.finish({
      producerId: identity.id,
      producerEpoch: identity.epoch,
      baseSequence: this.#sequence,
      transactional,
    })
    this.#sequence = nextSequence(this.#sequence, builder.count)
    return this.#finished
  }

  /** The first batch is about to be sent, or its way is looked for: its time runs. */
  tries(): void {
    if (this.since === 0) this.since = performance.now()
  }

  /** The first batch is written. */
  shift(): Batch {
    this.#finished = undefined
    this.since = 0
    this.reported = false
    return this.batches.shift()!
  }

  /** The broker has lost this producer's traces: the first batch is stamped again, with the next identity. */
  restamp(): void {
    this.#finished = undefined
    this.#identity = undefined
  }
}

/** Sequences wrap from 2^31 - 1 to 0, as in Kafka's `DefaultRecordBatch.incrementSequence`. */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % sequences
}

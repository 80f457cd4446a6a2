import { SluiceError, counted } from '../../errors.js'
import { partitionId } from '../../record.js'
import { writeInt64 } from '../../serde/int64-bytes.js'
import { RecordBatch } from '../batch/batch.js'
import type { BatchBuilder } from '../batch/builder.js'
import { at } from '../batch/format.js'
import type { Commit, GroupClaim, Producer, ProducerOptions } from '../log.js'
import type { LocalGroup } from './group.js'
import type { Change } from './storage.js'
import type { LocalPartition } from './topic.js'
import type { WriteQueue } from './write-queue.js'

/** What a producer needs of its log. */
export interface ProducerHost {
  readonly queue: WriteQueue
  /** The newest epoch of each transactional id. */
  readonly epochs: Map<string, number>
  readonly state: object | undefined
  /** @throws SluiceError UNKNOWN_TOPIC */
  partition(topic: string, partition: number): LocalPartition
  group(name: string): LocalGroup
  batchLimit(partition: LocalPartition): number
}

interface Appended {
  readonly topic: string
  readonly partition: number
  readonly builder: BatchBuilder
  readonly onFree: ((builder: BatchBuilder) => void) | undefined
}

/**
 * Keeps what is appended until the commit, which is one atomic write: nothing is ever half there, so there are no open
 * or aborted records to skip. The transactional id serves for fencing.
 */
export class LocalProducer implements Producer {
  readonly #host: ProducerHost
  readonly #id: string | undefined
  #epoch = -1
  #pending: Appended[] = []
  #ready = false
  readonly #ends = new Map<string, number>()

  constructor(host: ProducerHost, options: ProducerOptions) {
    this.#host = host
    this.#id = options.transactionalId
  }

  async init(): Promise<void> {
    this.#free(this.#take())
    if (this.#id !== undefined) {
      this.#epoch = (this.#host.epochs.get(this.#id) ?? -1) + 1
      this.#host.epochs.set(this.#id, this.#epoch)
      // A commit of the former holder that already began comes before us; what it still has in the queue is refused.
      await this.#host.queue.settled()
    }
    this.#ready = true
  }

  append(topic: string, partition: number, builder: BatchBuilder, onFree?: (builder: BatchBuilder) => void): void {
    if (!this.#ready) {
      throw new SluiceError('NOT_RUNNING', 'the producer is not ready', { hint: 'await init() before append()' })
    }
    this.#checkEpoch(this.#epoch)
    this.#pending.push({ topic, partition, builder, onFree })
  }

  async flush(): Promise<void> {
    if (this.#id === undefined) await this.#write(undefined)
  }

  async commit(commit: Commit): Promise<void> {
    await this.#write(commit)
  }

  async abort(): Promise<void> {
    this.#free(this.#take())
  }

  endOf(topic: string, partition: number): number | undefined {
    return this.#ends.get(partitionId(topic, partition))
  }

  async close(): Promise<void> {
    this.#ready = false
    this.#free(this.#take())
    await this.#host.queue.settled()
  }

  async #write(commit: Commit | undefined): Promise<void> {
    const appended = this.#take()
    const epoch = this.#epoch
    const ends: (readonly [LocalPartition, number])[] = []
    try {
      await this.#host.queue.submit({
        prepare: change => {
          this.#checkEpoch(epoch)
          if (commit !== undefined) this.#checkCommit(commit)
          const partitions = appended.map(one => this.#checkAppend(one))
          if (commit !== undefined) addCommit(change, commit)
          for (const [i, { builder }] of appended.entries()) {
            if (builder.count > 0) ends.push([partitions[i]!, addBatch(change, partitions[i]!, builder)])
          }
        },
        applied: () => {
          for (const [{ topic, index }, end] of ends) this.#ends.set(partitionId(topic.info.name, index), end)
        },
      })
    } finally {
      this.#free(appended)
    }
  }

  async confirm(claim: GroupClaim): Promise<void> {
    this.#host.group(claim.group).check(claim)
  }

  #checkEpoch(epoch: number): void {
    if (this.#id === undefined || this.#host.epochs.get(this.#id) === epoch) return
    throw new SluiceError('FENCED', `a newer producer holds the transactional id ${this.#id}`, {
      hint: 'nothing of this transaction took place; stop this instance, or give it an id of its own',
    })
  }

  #checkCommit(commit: Commit): void {
    if (commit.claim !== undefined) this.#host.group(commit.group).check(commit.claim)
    for (const { topic, partition } of commit.positions) this.#host.partition(topic, partition)
    if (commit.state !== undefined && this.#host.state === undefined) {
      throw new SluiceError('BAD_ARGUMENT', 'this log holds no state to commit with the records')
    }
  }

  #checkAppend({ topic, partition, builder }: Appended): LocalPartition {
    const found = this.#host.partition(topic, partition)
    const limit = this.#host.batchLimit(found)
    if (builder.bytes <= limit) return found
    throw new SluiceError(
      'RECORD_TOO_LARGE',
      `${counted(builder.count, 'record')} of ${builder.bytes} bytes is more than the log takes, ${limit}`,
      {
        place: { topic, partition },
        hint: 'write smaller records, or raise max.message.bytes of the topic (or maxBatchBytes of the log)',
      },
    )
  }

  #take(): Appended[] {
    const appended = this.#pending
    this.#pending = []
    return appended
  }

  #free(appended: readonly Appended[]): void {
    for (const { builder, onFree } of appended) onFree?.(builder)
  }
}

function addCommit(change: Change, { group, positions, state }: Commit): void {
  for (const { topic, partition, offset, metadata } of positions) {
    change.positions.push({ group, at: { topic, partition, offset, metadata } })
  }
  if (state !== undefined) change.state.push(state)
}

/** The builder's buffer is its owner's again after the commit, so the log keeps a copy. Answers the offset after it. */
function addBatch(change: Change, partition: LocalPartition, builder: BatchBuilder): number {
  const bytes = Buffer.from(builder.finish())
  writeInt64(partition.reserved, bytes, at.baseOffset)
  const batch = new RecordBatch(bytes, 0, bytes.length)
  partition.reserved = batch.lastOffset + 1
  change.appended.push({ partition, batch })
  return partition.reserved
}

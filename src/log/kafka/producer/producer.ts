import { SluiceError, counted } from '../../../errors.js'
import { partitionId } from '../../../record.js'
import type { BatchBuilder } from '../../batch/builder.js'
import type { Commit, GroupClaim, Producer, ProducerOptions } from '../../log.js'
import { code, codeName, isCoordinatorGone } from '../codes.js'
import type { Cluster } from '../connection/cluster.js'
import type { Leaders } from '../connection/leaders.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { refusal } from '../refusal.js'
import { initProducerIdRequest, noIdentity, type ProducerIdentity } from '../requests/init-producer-id.js'
import type { Settling } from '../settling.js'
import { free, type Batch } from './batch.js'
import { confirmClaim } from './confirm-claim.js'
import { commitOffsets } from './offset-commit.js'
import { Sender } from './sender.js'
import { Transaction } from './transaction.js'

/** Milliseconds that `close` gives the abort of an open transaction. */
const farewell = 2000

/**
 * An idempotent producer; with a transactional id, a transactional one. Batches are sent as soon as they are appended, so
 * that a commit has little left to wait for, and builders come back when their batch is written.
 *
 * After a failure, what is appended is dropped, and `flush` and `commit` throw the same error, until `abort` or, after
 * FENCED and COMMIT_UNKNOWN, `init`: the owner must not go on as if nothing had happened.
 */
export class KafkaProducer implements Producer {
  readonly #cluster: Cluster
  readonly #link: Link
  readonly #sender: Sender
  readonly #transaction: Transaction | undefined
  readonly #ends = new Map<string, number>()
  #identity: ProducerIdentity = noIdentity
  /** Appended while a commit runs: the next transaction's. */
  #held: Batch[] = []
  #committing: Promise<void> | undefined
  #error: SluiceError | undefined = notReady
  #closed = false

  constructor(cluster: Cluster, leaders: Leaders, settling: Settling, options: ProducerOptions) {
    this.#cluster = cluster
    this.#link = cluster.link()
    cluster.adopt(this)
    const { transactionalId, transactionTimeout } = options
    this.#sender = new Sender(cluster, leaders, {
      transactionalId: transactionalId ?? null,
      identity: () => this.#transaction?.identity ?? this.#identity,
      renew: () => this.#identify(),
      onWritten: (batch, end) => {
        if (end !== undefined) this.#ends.set(partitionId(batch.topic, batch.partition), end)
        free(batch)
      },
    })
    if (transactionalId !== undefined) {
      this.#transaction = new Transaction(cluster, this.#link, {
        id: transactionalId,
        timeout: transactionTimeout ?? cluster.settings.transactionTimeout,
        onCommitted: () => settling.add(transactionalId),
        onAdded: partitions => {
          settling.delete(transactionalId)
          for (const { topic, partition } of partitions) this.#sender.admit(topic, partition)
        },
        onError: error => this.#sender.fail(error),
      })
    }
  }

  async init(): Promise<void> {
    this.#checkOpen()
    await this.#committing
    this.#drop()
    this.#error = notReady
    if (this.#transaction === undefined) await this.#identify()
    else await this.#transaction.init()
    this.#error = undefined
  }

  append(topic: string, partition: number, builder: BatchBuilder, onFree?: (builder: BatchBuilder) => void): void {
    if (this.#error === notReady) throw notReady
    const batch = { topic, partition, builder, onFree }
    if (this.#error !== undefined || builder.count === 0) free(batch)
    else if (this.#committing !== undefined) this.#held.push(batch)
    else this.#take(batch)
  }

  async flush(): Promise<void> {
    await this.#committing
    if (this.#error !== undefined) throw this.#error
    try {
      await this.#sender.idle()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  prepare(held: Commit): void {
    if (this.#error === undefined && this.#committing === undefined) this.#transaction?.prepare(held)
  }

  async commit(commit: Commit): Promise<void> {
    this.#checkOpen()
    if (this.#error !== undefined) throw this.#error
    if (this.#committing !== undefined) {
      throw new SluiceError('BAD_ARGUMENT', 'a commit of this producer is still running', { hint: 'await it first' })
    }
    const running =
      this.#transaction === undefined ? this.#commitPlain(commit) : this.#commitTransaction(this.#transaction, commit)
    this.#committing = running.catch(() => {})
    try {
      await running
    } finally {
      this.#committing = undefined
      const held = this.#held
      this.#held = []
      for (const batch of held) {
        if (this.#error === undefined) this.#take(batch)
        else free(batch)
      }
    }
  }

  async confirm(claim: GroupClaim): Promise<void> {
    this.#checkOpen()
    await confirmClaim(this.#cluster, this.#link, claim)
  }

  async abort(): Promise<void> {
    this.#checkOpen()
    await this.#committing
    if (this.#error !== undefined && needsInit(this.#error)) return
    this.#drop()
    // Sequences begin anew now: under the same epoch a broker would take the next batches for repetitions of former ones.
    if (this.#transaction !== undefined) await this.#abortTransaction(this.#transaction)
    else await this.#identify().catch(error => Promise.reject(this.#fail(error)))
    this.#error = undefined
  }

  endOf(topic: string, partition: number): number | undefined {
    return this.#ends.get(partitionId(topic, partition))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#committing
    this.#drop()
    if (this.#transaction?.begun === true && !(this.#error !== undefined && needsInit(this.#error))) {
      // A courtesy: others need not wait for the transaction's timeout.
      let timer: NodeJS.Timeout | undefined
      const enough = new Promise<void>(resolve => (timer = setTimeout(resolve, farewell)))
      await Promise.race([this.#transaction.end(false).catch(() => {}), enough])
      clearTimeout(timer)
    }
    this.#error = new SluiceError('NOT_RUNNING', 'the producer is closed')
    this.#transaction?.stop()
    this.#sender.close()
    this.#cluster.unlink(this.#link)
    this.#cluster.release(this)
  }

  #take(batch: Batch): void {
    this.#sender.push(batch)
    const { maxBatchBytes } = this.#cluster.settings
    if (batch.builder.bytes > maxBatchBytes) this.#sender.fail(tooLarge(batch, maxBatchBytes))
    else this.#transaction?.include(batch.topic, batch.partition)
  }

  async #commitPlain(commit: Commit): Promise<void> {
    try {
      await this.#sender.idle()
      if (commit.positions.length > 0) await commitOffsets(this.#cluster, this.#link, commit)
    } catch (error) {
      throw this.#fail(error)
    }
  }

  async #commitTransaction(transaction: Transaction, commit: Commit): Promise<void> {
    try {
      const written = this.#sender.idle()
      await Promise.all([written, commit.positions.length > 0 && transaction.commitPositions(commit, written)])
      await transaction.added()
      // What could not be added was told to the sender.
      await this.#sender.idle()
    } catch (error) {
      const failure = this.#fail(error)
      // Nothing was committed, whether the abort succeeds or not; where it does not, `init` has to end the transaction.
      if (transaction.begun) await this.#abortTransaction(transaction).catch(() => {})
      throw failure
    }
    if (!transaction.begun) return
    try {
      await transaction.end(true)
    } catch (error) {
      const failure = this.#fail(error)
      if (!needsInit(failure)) await this.#abortTransaction(transaction).catch(() => {})
      throw failure
    }
    this.#sender.dismissAll()
  }

  /** Ends the transaction if there is one, and takes the next epoch: batches still on their way are refused. */
  async #abortTransaction(transaction: Transaction): Promise<void> {
    try {
      if (transaction.begun) await transaction.end(false)
      await transaction.bump()
    } catch (cause) {
      throw (this.#error = cause instanceof SluiceError && needsInit(cause) ? cause : abortFailed(cause))
    }
  }

  #fail(error: unknown): SluiceError {
    this.#drop()
    return (this.#error = error as SluiceError)
  }

  /** Lets go of everything appended and not written. */
  #drop(): void {
    this.#transaction?.stop()
    for (const batch of this.#sender.reset()) free(batch)
  }

  /** Without a transaction: an identity for idempotence. */
  async #identify(): Promise<void> {
    const { transactionTimeout } = this.#cluster.settings
    await this.#cluster.retry('taking a producer id', async () => {
      const answer = await this.#cluster.send(undefined, initProducerIdRequest(null, transactionTimeout, noIdentity))
      if (isCoordinatorGone(answer.error) || answer.error === code.coordinatorLoadInProgress) {
        throw new TryAgain(codeName(answer.error))
      }
      if (answer.error !== code.none) throw refusal(answer.error, 'taking a producer id', {})
      this.#identity = { id: answer.id, epoch: answer.epoch }
    })
  }

  #checkOpen(): void {
    if (this.#closed) throw new SluiceError('NOT_RUNNING', 'the producer is closed')
  }
}

const notReady = new SluiceError('NOT_RUNNING', 'the producer is not ready', { hint: 'await init() first' })

const needInit: ReadonlySet<string> = new Set(['FENCED', 'COMMIT_UNKNOWN', 'NOT_RUNNING'])

function needsInit(error: SluiceError): boolean {
  return needInit.has(error.code)
}

function abortFailed(cause: unknown): SluiceError {
  return new SluiceError('FENCED', 'the transaction could not be aborted; the broker will do so after its timeout', {
    hint: 'init the producer again',
    cause,
  })
}

function tooLarge({ topic, partition, builder }: Batch, limit: number): SluiceError {
  return new SluiceError(
    'RECORD_TOO_LARGE',
    `${counted(builder.count, 'record')} of ${builder.bytes} bytes is above the limit of ${limit}`,
    {
      place: { topic, partition },
      hint: 'write smaller records, or raise maxBatchBytes of kafka() and max.message.bytes of the topic',
    },
  )
}

import { SluiceError } from '../../../errors.js'
import { partitionId, type TopicPartition } from '../../../record.js'
import type { Commit } from '../../log.js'
import { code, codeName, isCoordinatorGone, isFencing } from '../codes.js'
import { ConnectionLost, NotConnected } from '../connection/broker-connection.js'
import type { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { refusal } from '../refusal.js'
import { addOffsetsToTxnRequest } from '../requests/add-offsets-to-txn.js'
import { addPartitionsToTxnRequest } from '../requests/add-partitions-to-txn.js'
import { endTxnRequest } from '../requests/end-txn.js'
import { initProducerIdRequest, noIdentity, type ProducerIdentity } from '../requests/init-producer-id.js'
import { txnOffsetCommitRequest } from '../requests/txn-offset-commit.js'
import type { Request } from '../wire/request.js'
import type { PartitionResult } from '../wire/partition-result.js'
import { Quick } from './concurrent.js'

/** A topic that was just made may be unknown to the coordinator for so long, in milliseconds. */
const unknownTopicPatience = 3000

export interface TransactionOptions {
  readonly id: string
  readonly timeout: number
  /** The decision is written; the markers are on their way. */
  readonly onCommitted: () => void
  /** Partitions whose batches may be sent now. */
  readonly onAdded: (partitions: readonly TopicPartition[]) => void
  /** Adding partitions failed for good. */
  readonly onError: (error: Error) => void
}

/** The coordinator's side of a producer's transactions: one at a time. */
export class Transaction {
  identity: ProducerIdentity = noIdentity
  readonly #options: TransactionOptions
  readonly #cluster: Cluster
  readonly #link: Link
  readonly #coordinator: CoordinatorLink
  readonly #groups = new Map<string, CoordinatorLink>()
  /** Partitions that are part of the transaction, or about to be. */
  #included = new Set<string>()
  /** Those that batches have come for. */
  #written = new Map<string, TopicPartition>()
  #toAdd: TopicPartition[] = []
  /** What the last transaction wrote to: most likely that of the next. */
  #likely: readonly TopicPartition[] = []
  #adding: Promise<void> | undefined
  /** Groups whose positions the transaction will hold. */
  #offsets = new Map<string, Promise<void>>()
  /** The group of the last commit: most likely that of the next. */
  #group: string | undefined
  /** Whether positions are in the transaction ahead of its commit. */
  #ahead: Promise<boolean> | undefined
  /** Positions put ahead may still arrive: behind the commit's own they would count, and set the group back. */
  #doubtful = false
  /** Positions on their way. */
  #putting: Promise<unknown> | undefined
  #begun = false
  #stop = new AbortController()

  constructor(cluster: Cluster, link: Link, options: TransactionOptions) {
    this.#cluster = cluster
    this.#link = link
    this.#options = options
    this.#coordinator = new CoordinatorLink(cluster, link, 'transaction', options.id)
  }

  /** Whether the coordinator may have an open transaction of ours. */
  get begun(): boolean {
    return this.#begun
  }

  /** Takes the transactional id: whoever had it is fenced, and its open transaction is aborted. */
  async init(): Promise<void> {
    this.stop()
    await this.#arrived()
    this.#forget()
    await this.#identify(noIdentity)
  }

  /** Makes the partition part of the transaction, in the background. */
  include(topic: string, partition: number): void {
    const id = partitionId(topic, partition)
    if (this.#written.has(id)) return
    const written = { topic, partition }
    this.#written.set(id, written)
    this.#add(id, written)
  }

  /**
   * Begins the next transaction with what the last one wrote to, in the background, so that its commit need not wait for
   * that. A partition that gets no batch is part of it all the same: a marker is written there, and nothing else.
   *
   * @param held a position that the group holds already, as who will commit has committed it
   */
  prepare(held: Commit): void {
    const likely = this.#likely
    if (likely.length === 0) return
    this.#likely = []
    for (const one of likely) this.#add(partitionId(one.topic, one.partition), one)
    if (held.positions.length > 0) this.#ahead = this.#putAhead(held)
  }

  #add(id: string, partition: TopicPartition): void {
    if (this.#included.has(id)) return
    this.#included.add(id)
    this.#toAdd.push(partition)
    const { signal } = this.#stop
    // Those of the same turn go together.
    this.#adding ??= Promise.resolve().then(() => this.#addAll(signal))
  }

  /** Resolves when nothing is on its way that would be added: behind EndTxn it would begin a transaction nobody ends. */
  async added(): Promise<void> {
    while (this.#adding !== undefined) await this.#adding
    await Promise.allSettled(this.#offsets.values())
  }

  /**
   * Puts the positions into the transaction: when the batches are written, since a broker that gets both at a time asks the
   * coordinator about both, and refuses one of them; at once where it has asked about the positions already.
   */
  async commitPositions(commit: Commit, written: Promise<void>): Promise<void> {
    this.#group = commit.group
    const { signal } = this.#stop
    await this.#addOffsets(commit.group)
    if ((await this.#ahead) !== true) await written
    const what = `committing the positions of group ${commit.group}`
    const asking = this.#ask(what, this.#groupOf(commit), this.#positions(commit), firstError, isUnknownTopic, signal)
    this.#putting = asking
    const results = await asking
    const bad = results.find(one => one.error !== code.none)
    if (bad !== undefined) throw refusal(bad.error, what, { topic: bad.topic, partition: bad.partition })
  }

  /**
   * So that a commit need not wait until the broker of the group has asked the coordinator. Tried once: what is refused is
   * met by the commit.
   */
  async #putAhead(held: Commit): Promise<boolean> {
    try {
      await this.#addOffsets(held.group)
    } catch {
      return false
    }
    try {
      const error = firstError(await this.#groupOf(held).send(this.#positions(held), firstError))
      this.#doubtful = error === code.requestTimedOut
      return error === code.none
    } catch (error) {
      this.#doubtful = error instanceof ConnectionLost && !(error instanceof NotConnected)
      return false
    }
  }

  #positions({ group, claim, positions }: Commit): Request<PartitionResult[]> {
    return txnOffsetCommitRequest(this.#options.id, this.identity, group, claim, positions)
  }

  #groupOf({ group }: Commit): CoordinatorLink {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const coordinator = new CoordinatorLink(this.#cluster, this.#link, 'group', group)
    this.#groups.set(group, coordinator)
    return coordinator
  }

  /**
   * Commits or aborts. An answer that was lost is asked for again, with the same epoch: the coordinator answers the same
   * result again for the transaction it decided last.
   *
   * @throws SluiceError FENCED: it was not committed; COMMIT_UNKNOWN; BROKER: it was aborted by the coordinator, or has to be
   */
  async end(commit: boolean): Promise<void> {
    const { signal } = this.#stop
    await this.#arrived()
    if (commit && this.#doubtful) throw doubtful()
    const what = commit ? 'committing the transaction' : 'aborting the transaction'
    const request = endTxnRequest(this.#options.id, this.identity, commit)
    const quick = new Quick(this.#cluster, what)
    // Once an attempt may have been carried out, being fenced no longer says that nothing took place.
    let lost = false
    let refused: SluiceError | undefined
    try {
      await this.#cluster.retry(
        what,
        async () => {
          const error = await this.#coordinator
            .send(request, one => one)
            .catch((cause: unknown) => {
              lost = true
              throw cause
            })
          if (error === code.concurrentTransactions) throw quick.tryAgain(codeName(error))
          if (error === code.none || (!commit && error === code.invalidTxnState)) return
          refused = refusal(error, what, {})
          // With INVALID_TXN_STATE the epoch is still ours, so nobody took over and nothing was committed.
          if (isFencing(error) && lost && commit) refused = unknownOutcome(refused)
          throw refused
        },
        { timeout: this.#cluster.settings.deliveryTimeout, stop: signal },
      )
    } catch (cause) {
      throw commit && lost && cause !== refused ? unknownOutcome(cause) : cause
    }
    if (commit) this.#options.onCommitted()
    const likely = commit ? Array.from(this.#written.values()) : []
    this.#forget()
    this.#likely = likely
  }

  /** Positions that come behind the end of their transaction would wait for a marker that nobody writes. */
  async #arrived(): Promise<void> {
    await Promise.allSettled([this.#ahead, this.#putting])
  }

  /** After an abort: the next epoch, unless somebody else has the id by now. Batches on their way are refused from then on. */
  bump(): Promise<void> {
    return this.#identify(this.identity)
  }

  /** Ends all attempts that are under way; adds nothing more to the transaction. */
  stop(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#toAdd = []
    this.#adding = undefined
  }

  /** Whatever was under way is over; the next transaction may begin. */
  #forget(): void {
    this.stop()
    this.#included = new Set()
    this.#written = new Map()
    this.#likely = []
    this.#offsets = new Map()
    this.#ahead = undefined
    this.#doubtful = false
    this.#putting = undefined
    this.#begun = false
  }

  async #identify(have: ProducerIdentity): Promise<void> {
    const what = `taking the transactional id ${this.#options.id}`
    const request = initProducerIdRequest(this.#options.id, this.#options.timeout, have)
    const answer = await this.#ask(what, this.#coordinator, request, one => one.error)
    if (answer.error !== code.none) throw refusal(answer.error, what, {})
    this.identity = { id: answer.id, epoch: answer.epoch }
  }

  async #addAll(stop: AbortSignal): Promise<void> {
    try {
      while (this.#toAdd.length > 0 && !stop.aborted) {
        const partitions = this.#toAdd
        this.#toAdd = []
        this.#begun = true
        // Saves the commit a round trip; its failure is met there. Ahead of the partitions: their leaders, who ask about them
        // as soon as batches come, would be refused while the group is being added.
        if (this.#group !== undefined) this.#addOffsets(this.#group).catch(() => {})
        const what = 'adding partitions to the transaction'
        const request = addPartitionsToTxnRequest(this.#options.id, this.identity, partitions)
        const foreseen = (): boolean => !partitions.every(one => this.#isWritten(one))
        const again = (error: number): boolean => isUnknownTopic(error) && !foreseen()
        const results = await this.#ask(what, this.#coordinator, request, firstError, again)
        if (stop.aborted) return
        const bad = results.find(one => one.error !== code.none && one.error !== code.operationNotAttempted)
        if (bad !== undefined) {
          if (!foreseen()) throw refusal(bad.error, what, { topic: bad.topic, partition: bad.partition })
          // All or none are added. What is only foreseen, such as a topic that was deleted since, must not stop the others.
          this.#leaveOut(partitions)
          continue
        }
        this.#options.onAdded(partitions)
      }
    } catch (error) {
      if (!stop.aborted) this.#options.onError(error as Error)
    } finally {
      if (!stop.aborted) this.#adding = undefined
    }
  }

  #leaveOut(refused: readonly TopicPartition[]): void {
    for (const one of refused) {
      if (this.#isWritten(one)) this.#toAdd.push(one)
      else this.#included.delete(partitionId(one.topic, one.partition))
    }
  }

  #isWritten({ topic, partition }: TopicPartition): boolean {
    return this.#written.has(partitionId(topic, partition))
  }

  #addOffsets(group: string): Promise<void> {
    const known = this.#offsets.get(group)
    if (known !== undefined) return known
    this.#begun = true
    const what = `adding group ${group} to the transaction`
    const request = addOffsetsToTxnRequest(this.#options.id, this.identity, group)
    const adding = this.#ask(what, this.#coordinator, request, one => one).then(error => {
      if (error !== code.none) throw refusal(error, what, {})
    })
    this.#offsets.set(group, adding)
    return adding
  }

  /** Repeats while the coordinator is busy with our last transaction or with moving, or its replicas are late. */
  #ask<T>(
    what: string,
    coordinator: CoordinatorLink,
    request: Request<T>,
    errorOf: (answer: T) => number,
    again: (error: number) => boolean = () => false,
    stop = this.#stop.signal,
  ): Promise<T> {
    const quick = new Quick(this.#cluster, what)
    const patientUntil = performance.now() + unknownTopicPatience
    return this.#cluster.retry(
      what,
      async () => {
        const answer = await coordinator.send(request, errorOf).catch((cause: unknown) => {
          throw cause instanceof TryAgain ? quick.tryAgain(cause.message) : cause
        })
        const error = errorOf(answer)
        const busy = error === code.concurrentTransactions || error === code.requestTimedOut
        if (busy) throw quick.tryAgain(codeName(error))
        if (again(error) && performance.now() < patientUntil) throw new TryAgain(codeName(error))
        return answer
      },
      { timeout: this.#cluster.settings.deliveryTimeout, stop },
    )
  }
}

/** The error that decides about the whole answer. */
function firstError(results: readonly PartitionResult[]): number {
  const errors = results
    .map(one => one.error)
    .filter(error => error !== code.none && error !== code.operationNotAttempted)
  return errors.find(isCoordinatorGone) ?? errors[0] ?? code.none
}

function isUnknownTopic(error: number): boolean {
  return error === code.unknownTopicOrPartition
}

function unknownOutcome(cause: unknown): SluiceError {
  return new SluiceError('COMMIT_UNKNOWN', 'it could not be learned whether the transaction was committed', {
    hint: 'init the producer again, then read the committed positions: they show whether it took place',
    cause,
  })
}

function doubtful(): SluiceError {
  return new SluiceError('BROKER', 'it could not be learned whether a position that was put ahead will still arrive', {
    hint: 'nothing has to be done: the transaction is aborted, and what it held is done again',
  })
}

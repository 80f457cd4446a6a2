import { SluiceError } from '../../../errors.js'
import { partitionId } from '../../../record.js'
import { code, codeName, isPassing, isStaleLeader } from '../codes.js'
import { Backoff } from '../connection/backoff.js'
import { ConnectionLost } from '../connection/broker-connection.js'
import type { Cluster } from '../connection/cluster.js'
import type { Leaders } from '../connection/leaders.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { refusal } from '../refusal.js'
import type { ProducerIdentity } from '../requests/init-producer-id.js'
import { produceRequest, type ProduceResult } from '../requests/produce.js'
import type { Batch } from './batch.js'
import { concurrent, quickFor } from './concurrent.js'
import { PartitionQueue } from './partition-queue.js'

/** Bytes of one request at most, unless its first batch alone is larger. */
const maxRequestBytes = 8 * 1024 * 1024

export interface SenderOptions {
  readonly transactionalId: string | null
  readonly identity: () => ProducerIdentity
  /** Without a transaction: a fresh identity, after the broker has lost the traces of the one there is. */
  readonly renew: () => Promise<void>
  /** The batch is written; `end`: the offset after it, where the broker told. */
  readonly onWritten: (batch: Batch, end: number | undefined) => void
}

/**
 * Writes batches to the leaders of their partitions: in order per partition, one request in flight per broker, each with
 * one batch of every partition that has one. Repeats what failed for a passing reason; the sequence numbers keep the
 * repetition from being written twice.
 */
export class Sender {
  readonly #cluster: Cluster
  readonly #leaders: Leaders
  readonly #options: SenderOptions
  #link: Link
  #queues = new Map<string, PartitionQueue>()
  /** Queues with batches that wait. */
  #waiting = new Set<PartitionQueue>()
  readonly #busy = new Set<number>()
  #outstanding = 0
  #error: Error | undefined
  #idle: { resolve: () => void; reject: (error: Error) => void }[] = []
  #scheduled = false
  readonly #backoff: Backoff
  readonly #quick = new Backoff(concurrent)
  #timer: NodeJS.Timeout | undefined
  /** Grows with each reset: answers of before are nobody's. */
  #round = 0

  constructor(cluster: Cluster, leaders: Leaders, options: SenderOptions) {
    this.#cluster = cluster
    this.#leaders = leaders
    this.#options = options
    this.#link = cluster.link()
    this.#backoff = new Backoff(cluster.settings.backoff)
  }

  push(batch: Batch): void {
    const queue = this.#queue(batch.topic, batch.partition)
    queue.batches.push(batch)
    this.#outstanding++
    this.#waiting.add(queue)
    if (queue.admitted) this.#schedule()
  }

  /** The partition is part of the transaction: its batches may go. */
  admit(topic: string, partition: number): void {
    this.#queue(topic, partition).admitted = true
    this.#schedule()
  }

  /** A new transaction: no partition is part of it. */
  dismissAll(): void {
    for (const queue of this.#queues.values()) queue.admitted = this.#options.transactionalId === null
  }

  /** Resolves when everything pushed is acknowledged. @throws the error that stopped the sending */
  idle(): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (this.#outstanding === 0) return Promise.resolve()
    return new Promise((resolve, reject) => this.#idle.push({ resolve, reject }))
  }

  /** Nothing more is sent until `reset`. */
  fail(error: Error): void {
    this.#error ??= error
    const waiting = this.#idle
    this.#idle = []
    for (const one of waiting) one.reject(this.#error)
  }

  /**
   * Forgets every batch and every sequence; answers the batches that were not written, or of which it is not known. The
   * connections are ended, so that no buffer is read any more.
   */
  reset(): Batch[] {
    this.fail(new SluiceError('NOT_RUNNING', 'the producer was reset'))
    this.#round++
    this.#cluster.unlink(this.#link)
    this.#link = this.#cluster.link()
    clearTimeout(this.#timer)
    this.#timer = undefined
    const dropped = Array.from(this.#queues.values(), queue => queue.batches).flat()
    this.#queues = new Map()
    this.#waiting = new Set()
    this.#busy.clear()
    this.#outstanding = 0
    this.#backoff.succeeded()
    this.#error = undefined
    return dropped
  }

  /** After `reset`. */
  close(): void {
    this.fail(new SluiceError('NOT_RUNNING', 'the producer is closed'))
    this.#cluster.unlink(this.#link)
  }

  #queue(topic: string, partition: number): PartitionQueue {
    const id = partitionId(topic, partition)
    let queue = this.#queues.get(id)
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.#options.transactionalId === null)
      this.#queues.set(id, queue)
    }
    return queue
  }

  /** Batches that come in the same turn of the event loop go into one request. */
  #schedule(): void {
    if (this.#scheduled || this.#timer !== undefined) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (this.#error === undefined) this.#pump()
    })
  }

  #pump(): void {
    const groups = new Map<number, PartitionQueue[]>()
    for (const queue of this.#waiting) {
      if (!queue.ready) continue
      const leader = this.#leaders.known(queue.topic, queue.partition)
      if (leader === undefined) this.#findLeader(queue)
      else if (!this.#busy.has(leader)) {
        const group = groups.get(leader)
        if (group === undefined) groups.set(leader, [queue])
        else group.push(queue)
      }
    }
    for (const [leader, group] of groups) void this.#send(leader, group)
  }

  #findLeader(queue: PartitionQueue): void {
    const round = this.#round
    queue.tries()
    queue.inFlight = true
    this.#leaders.find(queue.topic, queue.partition).then(
      () => {
        queue.inFlight = false
        if (round === this.#round) this.#schedule()
      },
      (error: Error) => {
        queue.inFlight = false
        if (round !== this.#round) return
        if (error instanceof TryAgain || error instanceof ConnectionLost) this.#later([queue], error)
        else this.fail(error)
      },
    )
  }

  async #send(leader: number, group: readonly PartitionQueue[]): Promise<void> {
    const round = this.#round
    const { deliveryTimeout, client } = this.#cluster.settings
    const sent: PartitionQueue[] = []
    const batches: { topic: string; partition: number; batch: Buffer }[] = []
    let bytes = 0
    for (const queue of group) {
      const { topic, partition } = queue
      const batch = queue.first(this.#options.identity(), this.#options.transactionalId !== null)
      if (sent.length > 0 && bytes + batch.length > maxRequestBytes) continue
      bytes += batch.length
      queue.inFlight = true
      sent.push(queue)
      batches.push({ topic, partition, batch })
    }
    this.#busy.add(leader)
    try {
      const timeout = Math.min(client.requestTimeout ?? deliveryTimeout, deliveryTimeout)
      const results = await this.#link.send(leader, produceRequest(this.#options.transactionalId, timeout, batches))
      if (round !== this.#round) return
      for (const queue of sent) queue.inFlight = false
      this.#take(results, sent)
    } catch (error) {
      if (round !== this.#round) return
      for (const queue of sent) queue.inFlight = false
      if (error instanceof ConnectionLost) {
        // Its old connection is gone for good before anything is sent again, so that the order holds.
        this.#link.reset(leader)
        for (const queue of sent) this.#leaders.forget(queue.topic)
        if (!error.wasIdle) this.#report(sent, error)
        this.#later(sent, error)
      } else this.fail(error as Error)
    }
    this.#busy.delete(leader)
    if (this.#waiting.size > 0) this.#schedule()
  }

  #take(results: readonly ProduceResult[], sent: readonly PartitionQueue[]): void {
    const again: PartitionQueue[] = []
    let why = ''
    let quick = this.#options.transactionalId !== null
    for (const result of results) {
      const queue = this.#queues.get(partitionId(result.topic, result.partition))
      if (queue === undefined || !sent.includes(queue)) continue
      const { error } = result
      if (error === code.none || error === code.duplicateSequenceNumber) this.#acknowledge(queue, result.baseOffset)
      else if (isStaleLeader(error) || isPassing(error) || error === code.concurrentTransactions) {
        if (isStaleLeader(error)) this.#leaders.forget(queue.topic)
        quick &&= error === code.concurrentTransactions || error === code.notEnoughReplicas
        why = `${codeName(error)} for partition ${queue.partition} of ${queue.topic}`
        again.push(queue)
      } else if (this.#options.transactionalId === null && isLostTrace(error)) this.#renew(queue)
      else {
        const { topic, partition, message } = result
        this.fail(refusal(error, 'writing records', { topic, partition }, message))
      }
    }
    if (again.length > 0) return this.#later(again, new TryAgain(why), quick)
    this.#backoff.succeeded()
    this.#quick.succeeded()
  }

  #acknowledge(queue: PartitionQueue, baseOffset: number): void {
    const batch = queue.shift()
    this.#options.onWritten(batch, baseOffset < 0 ? undefined : baseOffset + batch.builder.count)
    if (queue.batches.length === 0) this.#waiting.delete(queue)
    if (--this.#outstanding > 0) return
    const waiting = this.#idle
    this.#idle = []
    for (const one of waiting) one.resolve()
  }

  #renew(queue: PartitionQueue): void {
    const round = this.#round
    queue.inFlight = true
    this.#options.renew().then(
      () => {
        if (round !== this.#round) return
        queue.inFlight = false
        queue.restamp()
        this.#schedule()
      },
      (error: Error) => {
        if (round === this.#round) this.fail(error)
      },
    )
  }

  #later(queues: readonly PartitionQueue[], cause: Error, quick = false): void {
    if (this.#cluster.closing.aborted) return this.fail(new SluiceError('NOT_RUNNING', 'the log is given up'))
    const now = performance.now()
    const overdue = queues.find(queue => queue.since > 0 && now - queue.since > this.#cluster.settings.deliveryTimeout)
    if (overdue !== undefined) return this.fail(undelivered(overdue, this.#cluster.settings.deliveryTimeout, cause))
    const lasting = queues.filter(queue => queue.since > 0 && now - queue.since > quickFor)
    if (lasting.some(queue => !queue.reported)) this.#report(lasting, cause)
    const backoff = quick && lasting.length === 0 ? this.#quick : this.#backoff
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#schedule()
    }, backoff.delay())
  }

  #report(queues: readonly PartitionQueue[], cause: Error): void {
    this.#cluster.report('writing records', cause)
    for (const queue of queues) queue.reported = true
  }
}

/** The broker does not know what this producer wrote before: it was deleted, or lost by an unclean election. */
function isLostTrace(error: number): boolean {
  return (
    error === code.outOfOrderSequenceNumber || error === code.unknownProducerId || error === code.invalidProducerEpoch
  )
}

function undelivered({ topic, partition }: PartitionQueue, timeout: number, cause: Error): SluiceError {
  return new SluiceError('BROKER', `records could not be written within ${timeout / 1000} s: ${cause.message}`, {
    place: { topic, partition },
    hint: 'check that the brokers are up and that enough replicas are in sync, or raise deliveryTimeout',
    cause,
  })
}

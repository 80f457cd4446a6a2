import { SluiceError } from '../../../errors.js'
import { partitionId } from '../../../record.js'
import type { Fetched, Reader, ReaderOptions } from '../../log.js'
import { heldAhead } from '../../held-ahead.js'
import type { Cluster } from '../connection/cluster.js'
import type { Leaders } from '../connection/leaders.js'
import { Fetcher, type FetchTarget } from './fetcher.js'
import { Reading } from './reading.js'

/** By so much, in milliseconds, an answer may come later than the broker was told to wait. */
const slack = 2_000

/** Reads partitions from their leaders, ahead of its owner, on connections of its own. No consumer group is involved. */
export class KafkaReader implements Reader {
  readonly #cluster: Cluster
  readonly #options: ReaderOptions
  readonly #readings = new Map<string, Reading>()
  readonly #target: FetchTarget
  readonly #fetcher: Fetcher
  #errors: Error[] = []
  #closed = false

  constructor(cluster: Cluster, leaders: Leaders, options: ReaderOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#target = {
      isolation: options.isolation,
      ...heldAhead(options),
      readings: this.#readings,
      bytes: 0,
      onReady: options.onReady,
      failed: (reading, error) => this.#failed(reading, error),
    }
    this.#fetcher = new Fetcher(cluster, leaders, this.#target)
    cluster.adopt(this)
  }

  seek(topic: string, partition: number, offset: number): void {
    if (this.#closed) throw new SluiceError('NOT_RUNNING', 'the reader is closed')
    const id = partitionId(topic, partition)
    const former = this.#readings.get(id)
    if (former !== undefined) this.#target.bytes -= former.bytes
    // Answers to what was asked for before find another object here, and are dropped.
    const reading = new Reading(topic, partition, offset)
    reading.held = former?.held ?? false
    this.#readings.set(id, reading)
    this.#fetcher.wake()
  }

  drop(topic: string, partition: number): void {
    const id = partitionId(topic, partition)
    const reading = this.#readings.get(id)
    if (reading === undefined) return
    this.#target.bytes -= reading.bytes
    this.#readings.delete(id)
    this.#fetcher.wake()
  }

  poll(): readonly Fetched[] {
    const error = this.#errors.shift()
    if (error !== undefined) {
      // The others of the reader go on: what they have is taken by the next call.
      this.#options.onReady()
      throw error
    }
    const taken: Fetched[] = []
    for (const reading of this.#readings.values()) {
      if (!reading.ready) continue
      this.#target.bytes -= reading.bytes
      taken.push(reading.take())
    }
    if (taken.length > 0) this.#fetcher.wake()
    return taken
  }

  hold(topic: string, partition: number, held: boolean): void {
    const reading = this.#readings.get(partitionId(topic, partition))
    if (reading === undefined || reading.held === held) return
    reading.held = held
    if (reading.ready) this.#options.onReady()
  }

  heard(topic: string, partition: number): boolean {
    const reading = this.#readings.get(partitionId(topic, partition))
    if (reading === undefined) return true
    return performance.now() - reading.answered < this.#cluster.settings.fetchMaxWait + slack
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#fetcher.close()
    this.#cluster.release(this)
    this.#readings.clear()
    this.#errors = []
    this.#target.bytes = 0
  }

  #failed(reading: Reading, error: Error): void {
    if (this.#readings.get(partitionId(reading.topic, reading.partition)) !== reading || reading.stopped) return
    reading.stopped = true
    this.#errors.push(error)
    this.#options.onReady()
  }
}

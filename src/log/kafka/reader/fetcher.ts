import { SluiceError } from '../../../errors.js'
import { partitionId } from '../../../record.js'
import { code, codeName, isPassing, isStaleLeader } from '../codes.js'
import { ConnectionLost } from '../connection/broker-connection.js'
import type { Cluster } from '../connection/cluster.js'
import type { Leaders } from '../connection/leaders.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { partitionShare, type HeldAhead } from '../../held-ahead.js'
import { refusal } from '../refusal.js'
import { fetchRequest, type FetchPartition, type FetchResult } from '../requests/fetch.js'
import { scan } from './committed.js'
import type { Reading } from './reading.js'

/** What the fetcher needs of the reader that owns it. */
export interface FetchTarget extends HeldAhead {
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly readings: ReadonlyMap<string, Reading>
  /** Bytes fetched ahead. */
  bytes: number
  onReady(): void
  failed(reading: Reading, error: Error): void
}

/** The largest answer that is asked for, in bytes. */
const maxAnswerBytes = 16 * 1024 * 1024
/** An empty buffer is filled with so much even when the others have used up the room for all: one that the owner waits for may not starve. */
const minBytes = 64 * 1024
/** A fetch that leaves full partitions out waits no longer for the others, in milliseconds. */
const partialWait = 100
/** Whatever is kept of an answer keeps all of its memory; a part below this share is copied out. */
const keepShare = 8
/** So many times in a row a broker may say that what it stores is damaged: a copy on another disk may come to lead. */
const corruptTries = 5
/** A partition that cannot be read is reported after so many failures in a row: a move to another broker takes fewer. */
const reportAfter = 5
/** So does one that an open transaction holds back, in milliseconds: Java's end after a minute, if nobody says otherwise. */
const openTooLong = 90_000
/** No topic is reported again sooner, in milliseconds. */
const reportPause = 60_000

interface Lane {
  readonly link: Link
  readonly busy: Set<number>
}

/**
 * Keeps one fetch on its way to each leader, for all partitions with room in their buffers. It may wait at the broker for
 * new records; a partition that comes too late for it is fetched on a second lane, which does not wait.
 */
export class Fetcher {
  readonly #cluster: Cluster
  readonly #leaders: Leaders
  readonly #target: FetchTarget
  readonly #main: Lane
  readonly #express: Lane
  /** Bytes that answers on their way may bring. */
  #reserved = 0
  /** When a topic was last reported, by `performance.now()`. */
  readonly #reported = new Map<string, number>()
  #turn = 0
  #scheduled = false
  #closed = false

  constructor(cluster: Cluster, leaders: Leaders, target: FetchTarget) {
    this.#cluster = cluster
    this.#leaders = leaders
    this.#target = target
    this.#main = { link: cluster.link(), busy: new Set() }
    this.#express = { link: cluster.link(), busy: new Set() }
  }

  /** There may be something to fetch. */
  wake(): void {
    if (this.#scheduled || this.#closed) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      if (!this.#closed) this.#pump()
    })
  }

  close(): void {
    this.#closed = true
    this.#cluster.unlink(this.#main.link)
    this.#cluster.unlink(this.#express.link)
  }

  /** How much one partition may hold ahead. */
  get #share(): number {
    return partitionShare(this.#target, this.#target.readings.size)
  }

  #pump(): void {
    const groups = new Map<number, Reading[]>()
    const full = new Set<number>()
    const share = this.#share
    for (const reading of this.#inTurn()) {
      if (reading.idle) continue
      const leader = this.#leaders.known(reading.topic, reading.partition)
      if (leader === undefined) void this.#find(reading)
      else if (reading.bytes > share / 2) full.add(leader)
      else {
        const group = groups.get(leader)
        if (group === undefined) groups.set(leader, [reading])
        else group.push(reading)
      }
    }
    const { fetchMaxWait } = this.#cluster.settings
    for (const [leader, group] of groups) {
      if (!this.#main.busy.has(leader)) {
        const maxWait = full.has(leader) ? Math.min(partialWait, fetchMaxWait) : fetchMaxWait
        void this.#fetch(this.#main, leader, group, maxWait)
      } else if (!this.#express.busy.has(leader)) {
        const fresh = group.filter(reading => reading.fresh)
        if (fresh.length > 0) void this.#fetch(this.#express, leader, fresh, 0)
      }
    }
  }

  /** The partitions, beginning with another one each time: the first of a request is served best. */
  #inTurn(): Reading[] {
    const all = Array.from(this.#target.readings.values())
    const first = all.length === 0 ? 0 : this.#turn++ % all.length
    return first === 0 ? all : [...all.slice(first), ...all.slice(0, first)]
  }

  async #find(reading: Reading): Promise<void> {
    reading.inFlight = true
    try {
      await this.#leaders.find(reading.topic, reading.partition)
      reading.inFlight = false
      this.wake()
    } catch (error) {
      reading.inFlight = false
      if (error instanceof ConnectionLost) this.#cluster.report(`finding the leader of ${reading.topic}`, error)
      if (error instanceof TryAgain || error instanceof ConnectionLost) this.#rest(reading, error)
      else this.#target.failed(reading, error as Error)
    }
  }

  async #fetch(lane: Lane, leader: number, group: readonly Reading[], maxWait: number): Promise<void> {
    const { isolation, maxBytes } = this.#target
    const share = this.#share
    const sent = new Map<string, Reading>()
    const partitions: FetchPartition[] = []
    let room = Math.min(maxAnswerBytes, maxBytes - this.#target.bytes - this.#reserved)
    let asked = 0
    for (const reading of group) {
      const wish =
        room > 0
          ? Math.min(reading.wish(share), Math.max(room, minBytes))
          : reading.bytes === 0
            ? Math.min(reading.wish(share), minBytes)
            : 0
      if (wish === 0 || (asked > 0 && asked + wish > maxAnswerBytes)) continue
      room -= wish
      asked += wish
      reading.inFlight = true
      const { topic, partition, position } = reading
      sent.set(partitionId(topic, partition), reading)
      partitions.push({ topic, partition, offset: position, maxBytes: wish })
    }
    if (partitions.length === 0) return
    lane.busy.add(leader)
    this.#reserved += asked
    try {
      const options = { isolation, maxWait, minBytes: this.#cluster.settings.fetchMinBytes, maxBytes: asked }
      const answer = await lane.link.send(leader, fetchRequest(options, partitions))
      for (const result of answer.partitions) {
        const reading = sent.get(partitionId(result.topic, result.partition))
        if (reading !== undefined)
          this.#take(reading, answer.error === code.none ? result : { ...result, error: answer.error })
      }
      for (const reading of sent.values()) reading.inFlight = false
    } catch (error) {
      for (const reading of sent.values()) reading.inFlight = false
      if (!this.#closed) this.#lost(leader, Array.from(sent.values()), error as Error)
    }
    this.#reserved -= asked
    lane.busy.delete(leader)
    this.wake()
  }

  #take(reading: Reading, result: FetchResult): void {
    const { topic, partition } = reading
    if (this.#target.readings.get(partitionId(topic, partition)) !== reading) return
    const { error } = result
    reading.corrupt = error === code.corruptMessage ? reading.corrupt + 1 : 0
    if (isStaleLeader(error) || (isPassing(error) && reading.corrupt < corruptTries)) {
      if (isStaleLeader(error)) this.#leaders.forget(topic)
      return this.#rest(reading, new TryAgain(`${codeName(error)} for partition ${partition} of ${topic}`))
    }
    const { position } = reading
    if (error !== code.none) {
      return this.#target.failed(reading, refusal(error, 'reading', { topic, partition, offset: position }))
    }
    try {
      const { records } = result
      const small = records.length * keepShare < records.buffer.byteLength
      const scanned = scan(
        small ? { ...result, records: Buffer.from(records) } : result,
        position,
        this.#target.isolation,
      )
      this.#target.bytes += scanned.bytes
      const end = this.#target.isolation === 'read_committed' ? result.lastStableOffset : result.highWatermark
      if (reading.add(scanned, end, records.length > 0)) this.#target.onReady()
      this.#lookBehind(reading, end, result.highWatermark)
    } catch (cause) {
      this.#target.failed(reading, cause as Error)
    }
  }

  /** Behind a transaction that nobody ends there may be records, while all seems to be read. */
  #lookBehind(reading: Reading, end: number, highWatermark: number): void {
    const since = reading.heldBack(end < highWatermark ? end : undefined)
    if (performance.now() - since < openTooLong) return
    const what = `an open transaction holds back what lies behind offset ${end} of partition ${reading.partition}`
    this.#report(reading, new TryAgain(`${what}; kafka-transactions.sh find-hanging tells whether anybody will end it`))
  }

  #lost(leader: number, readings: readonly Reading[], error: Error): void {
    if (!(error instanceof ConnectionLost)) {
      for (const reading of readings) this.#target.failed(reading, error)
      return
    }
    this.#cluster.report(`fetching from broker ${leader}`, error)
    for (const reading of readings) {
      this.#leaders.forget(reading.topic)
      this.#rest(reading, error)
    }
  }

  /** Leaves a partition alone for a while; for good, after as many failures in a row as the settings allow. */
  #rest(reading: Reading, cause: Error): void {
    const { backoff, fetchRetries } = this.#cluster.settings
    const delay = reading.failed(backoff)
    if (reading.failures > fetchRetries) {
      const { topic, partition, position: offset } = reading
      const what = `reading failed ${reading.failures} times in a row: ${cause.message}`
      const hint = 'check that the brokers are up and reachable (at their advertised.listeners, too)'
      return this.#target.failed(
        reading,
        new SluiceError('BROKER', what, { place: { topic, partition, offset }, hint, cause }),
      )
    }
    // Lost connections are reported each time.
    if (cause instanceof TryAgain && reading.failures >= reportAfter) this.#report(reading, cause)
    reading.resting = true
    setTimeout(() => {
      reading.resting = false
      this.wake()
    }, delay).unref()
  }

  #report({ topic }: Reading, cause: TryAgain): void {
    const now = performance.now()
    if (now < (this.#reported.get(topic) ?? -Infinity) + reportPause) return
    this.#reported.set(topic, now)
    this.#cluster.report(`reading ${topic}`, cause)
  }
}

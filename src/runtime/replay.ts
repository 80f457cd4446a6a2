import type { Fetched, TopicInfo } from '../log/log.js'
import { WriteBehind, type Loads } from '../store/write-behind.js'
import { asWritten } from './as-written.js'
import { putPosition, type Changelog } from './changelog.js'

/** A changelog that is read into its store. */
export interface Place {
  readonly changelog: Changelog
  /** Where this reading began. */
  readonly from: number
  /** Changes from here on are not for the store, or not yet. */
  readonly end: number
  /** The next one to read. */
  next: number
}

/**
 * Takes changes out of what was fetched into the stores of one task: of a task that is being restored, and of a standby.
 * A change and the position behind it are written in one batch.
 */
export class Replay {
  /** Of keys and values, since the last batch was sent. */
  bytes = 0
  readonly #writing: WriteBehind
  readonly #infos: ReadonlyMap<string, TopicInfo>
  readonly #now: () => number

  constructor(db: Loads, infos: ReadonlyMap<string, TopicInfo>, now: () => number) {
    this.#writing = new WriteBehind(db)
    this.#infos = infos
    this.#now = now
  }

  take(place: Place, { batches, next }: Fetched): void {
    const { changelog, end } = place
    const { load } = this.#writing
    for (const records of batches) {
      const cursor = records.cursor()
      while (cursor.next()) {
        if (cursor.offset < place.next || cursor.offset >= end || cursor.keyEnd < 0) continue
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        if (changelog.readable !== undefined) {
          const value = valueEnd < 0 ? null : buffer.subarray(valueStart, valueEnd)
          if (!changelog.readable(buffer.subarray(keyStart, keyEnd), value)) continue
        }
        changelog.store.restore(changelog.key === undefined ? cursor : asWritten(cursor, changelog.key), load)
        this.bytes += keyEnd - keyStart + Math.max(valueEnd - valueStart, 0)
      }
    }
    place.next = Math.min(Math.max(place.next, next), end)
  }

  /** Notes how far a store has come. @param until how far changes behind that may reach */
  note({ changelog, next }: Place, until?: number): void {
    const { id: topicId } = this.#infos.get(changelog.topic)!
    const position = { offset: next, ...(until !== undefined && { until }), topicId, at: this.#now() }
    putPosition(this.#writing.load, changelog, position)
  }

  /** Sends what was taken, once the batch before it is written. */
  async send(): Promise<void> {
    this.bytes = 0
    await this.#writing.send()
  }

  /** Sends what was taken, and waits until everything is written. */
  async end(): Promise<void> {
    this.bytes = 0
    await this.#writing.end()
  }

  /** Forgets what was not sent. */
  close(): Promise<void> {
    return this.#writing.close()
  }
}

import type { SluiceError } from '../../errors.js'
import type { Fetched, Log, Reader } from '../../log/log.js'
import { signalled } from '../../log/wake.js'
import { partitionId, type TopicPartition } from '../../record.js'
import type { Clock } from '../../time.js'
import type { Replay, Place } from '../replay.js'

/** A changelog that is followed. Its end moves where it is a task's source topic, and is infinite otherwise. */
export interface FollowedPlace extends Place {
  end: number
  /** Changes that are readable and not taken in yet, as of the last answer. */
  behind: number
}

/** The changelogs of one standby, on their way into its stores. */
export interface Followed {
  readonly replay: Replay
  readonly places: readonly FollowedPlace[]
  /** Something was taken in. */
  readonly onProgress: () => void
}

interface Following extends Followed {
  readonly fail: (error: unknown) => void
}

export interface StandbyFeedParts {
  readonly log: Log
  readonly clock: Clock
  /** Whose committed positions are the ends of source topics. */
  readonly group: string
}

/** So often the committed positions are asked for, in milliseconds. */
const askEvery = 1_000
/** Bytes held ahead for all standbys together. */
const maxBytes = 8 << 20

/** Reads the changelogs of all standbys of a worker with one reader, for as long as there are any. */
export class StandbyFeed {
  readonly #parts: StandbyFeedParts
  readonly #wake = signalled()
  readonly #places = new Map<string, { readonly place: FollowedPlace; readonly of: Following }>()
  #reader: Reader | undefined
  #reading: Promise<void> | undefined
  #cancelAsking: (() => void) | undefined
  #closed = false

  constructor(parts: StandbyFeedParts) {
    this.#parts = parts
  }

  /**
   * Takes changes in as they come, until the signal is aborted: then everything that was taken is written.
   *
   * @throws SluiceError what stopped the reading of one of its changelogs: BROKER, CORRUPT, OFFSET_OUT_OF_RANGE,
   *   UNKNOWN_TOPIC; STATE_WRITE
   */
  async follow(followed: Followed, signal: AbortSignal): Promise<void> {
    const { places, replay } = followed
    let stop = (): void => {}
    const failed = new Promise<void>((resolve, reject) => {
      stop = resolve
      const of = { ...followed, fail: reject }
      for (const place of places) this.#places.set(idOf(place.changelog), { place, of })
    })
    try {
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
      else this.#begin(places)
      await failed
    } finally {
      signal.removeEventListener('abort', stop)
      for (const { changelog } of places) {
        this.#places.delete(idOf(changelog))
        this.#reader?.drop(changelog.topic, changelog.partition)
      }
      await replay.end().finally(() => replay.close())
    }
  }

  /** Nobody follows any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelAsking?.()
    this.#wake.call()
    await this.#reading
    await this.#reader?.close()
  }

  #begin(places: readonly FollowedPlace[]): void {
    this.#reader ??= this.#parts.log.reader({ isolation: 'read_committed', maxBytes, onReady: this.#wake.call })
    this.#reading ??= this.#read(this.#reader)
    for (const place of places) if (place.next < place.end) this.#seek(place)
    if (places.some(isLimited)) this.#askLater()
  }

  #seek({ changelog: { topic, partition }, next }: FollowedPlace): void {
    this.#reader!.seek(topic, partition, next)
  }

  async #read(reader: Reader): Promise<void> {
    while (!this.#closed) {
      const waiting = this.#wake.wait()
      const fetched = this.#poll(reader)
      if (fetched?.length === 0) {
        await waiting
        continue
      }
      const touched = new Set<Following>()
      for (const one of fetched ?? []) this.#take(reader, one, touched)
      for (const of of touched) await this.#write(of)
      // The tasks of the same thread go first.
      await new Promise(resolve => setImmediate(resolve))
      // Those that the error stopped are gone; the rest may have what they were told of before.
      if (fetched === undefined && this.#places.size > 0) this.#wake.call()
    }
  }

  #poll(reader: Reader): readonly Fetched[] | undefined {
    try {
      return reader.poll()
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  #take(reader: Reader, fetched: Fetched, touched: Set<Following>): void {
    const found = this.#places.get(partitionId(fetched.topic, fetched.partition))
    if (found === undefined) return
    const { place, of } = found
    try {
      of.replay.take(place, fetched)
      of.replay.note(place)
    } catch (error) {
      return of.fail(error)
    }
    place.behind = Math.max(0, (isLimited(place) ? place.end : fetched.end) - place.next)
    if (place.next >= place.end) reader.drop(fetched.topic, fetched.partition)
    touched.add(of)
  }

  async #write(of: Following): Promise<void> {
    try {
      await of.replay.send()
      of.onProgress()
    } catch (error) {
      of.fail(error)
    }
  }

  /** An error names the partition that it stopped; one that does not is everybody's. */
  #failed(error: unknown): void {
    const { topic, partition } = (error as Partial<SluiceError>).place ?? {}
    for (const { place, of } of this.#places.values()) {
      const { changelog } = place
      if (topic !== undefined && topic !== changelog.topic) continue
      if (partition === undefined || partition === changelog.partition) of.fail(error)
    }
  }

  #askLater(): void {
    this.#cancelAsking ??= this.#parts.clock.after(askEvery, () => void this.#ask())
  }

  /** A source topic may be read as far as the task has committed: what lies behind is not in its state yet. */
  async #ask(): Promise<void> {
    const { log, group } = this.#parts
    const limited = (): { readonly place: FollowedPlace; readonly of: Following }[] =>
      [...this.#places.values()].filter(({ place }) => isLimited(place))
    const asked = limited()
    try {
      const positions = await log.committed(
        group,
        asked.map(({ place }): TopicPartition => place.changelog),
        'now',
      )
      for (const { place, of } of asked) {
        const id = idOf(place.changelog)
        // It may have gone meanwhile.
        if (this.#places.get(id)?.place !== place) continue
        const waited = place.next >= place.end
        place.end = Math.max(place.end, positions.get(id)?.offset ?? 0)
        place.behind = Math.max(0, place.end - place.next)
        if (waited && place.behind > 0) this.#seek(place)
        of.onProgress()
      }
    } catch (error) {
      for (const { of } of asked) of.fail(error)
    }
    this.#cancelAsking = undefined
    if (!this.#closed && limited().length > 0) this.#askLater()
  }
}

function idOf({ topic, partition }: TopicPartition): string {
  return partitionId(topic, partition)
}

function isLimited({ changelog }: Place): boolean {
  return changelog.until !== undefined
}

import { SluiceError, type ErrorCode } from '../../errors.js'
import type { TopicInfo } from '../../log/log.js'
import { nextChange } from '../changelog.js'
import { unlessGivenUp } from '../given-up.js'
import type { StandbyStatus } from '../options.js'
import { bringUpToDate, type StateParts } from '../open-state.js'
import { Replay } from '../replay.js'
import type { Followed, FollowedPlace, StandbyFeed } from './standby-feed.js'
import { TaskState } from '../task-state.js'

export interface StandbyParts extends StateParts {
  readonly feed: StandbyFeed
  /** Its status has changed. */
  readonly onChange: () => void
  /** It has met what will not pass. */
  readonly onFailed: (error: unknown) => void
}

/**
 * What passes, or is mended by a look at the topics: brokers come back, another thread closes what it has open, and state
 * that no longer fits its changelog is set aside at the next attempt.
 */
const passing = new Set<ErrorCode>(['BROKER', 'CORRUPT', 'OFFSET_OUT_OF_RANGE', 'STATE_LOCKED', 'UNKNOWN_TOPIC'])
/** Milliseconds before the second attempt, and at most between two. */
const [firstWait, longestWait] = [500, 30_000]

/**
 * A copy of the state of a task that another instance runs. It is brought up to date as the task's own state would be, and
 * then takes each committed change in as it comes. However it ends, its state is one that a task can be restored from.
 */
export class Standby {
  readonly task: string
  readonly #parts: StandbyParts
  readonly #state: TaskState
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #behind: (() => number) | undefined
  #isCurrent = false

  constructor(parts: StandbyParts) {
    this.#parts = parts
    this.task = parts.planned.name
    this.#state = new TaskState(parts.home, parts.planned)
    this.#running = this.#run()
  }

  /** Whether it has been up to date once, and takes in what comes. */
  get isCurrent(): boolean {
    return this.#isCurrent
  }

  get status(): StandbyStatus {
    const lag = this.#behind?.()
    return lag === undefined ? { task: this.task } : { task: this.task, lag }
  }

  /** Ends it. Answers its state, which is the caller's now; nothing where it has none open. */
  async end(): Promise<TaskState | undefined> {
    this.#stop.abort()
    await this.#running
    return this.#state.isOpen ? this.#state : undefined
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    let wait = firstWait
    while (!signal.aborted) {
      try {
        await this.#state.open(signal)
        const followed = await this.#catchUp()
        wait = firstWait
        this.#isCurrent = true
        this.#tell(() => followed.places.reduce((sum, { behind }) => sum + behind, 0))
        await this.#parts.feed.follow(followed, signal)
      } catch (error) {
        this.#isCurrent = false
        if (signal.aborted) return
        if (!(error instanceof SluiceError && passing.has(error.code))) return this.#parts.onFailed(error)
        this.#parts.counters.add('standby_retries', this.task)
        await this.#pause(wait)
        wait = Math.min(wait * 2, longestWait)
      }
    }
  }

  /** Brings the state up to what is committed now. Answers how it goes on from there. */
  async #catchUp(): Promise<Followed> {
    const { log, settings, planned, plan, onChange } = this.#parts
    const { signal } = this.#stop
    const logs = planned.sub.changelogs
    // Not as the plan knows them: one that was made anew since has another id.
    const infos = await this.#describe(logs.map(({ topic }) => topic))
    const sources = planned.inputs.filter(input =>
      logs.some(({ topic, isSource }) => isSource && topic === input.topic),
    )
    const positions = await unlessGivenUp(log.committed(plan.spec.application, sources, 'now'), this.task, signal)
    const left = new Map<string, number>()
    this.#behind = undefined
    const { changelogs, starts } = await bringUpToDate(this.#parts, this.#state, {
      positions,
      infos,
      to: 'read_committed',
      cacheBytes: 0,
      tell: ({ store, done, total }) => {
        left.set(store, total - done)
        this.#tell(() => [...left.values()].reduce((sum, changes) => sum + changes, 0))
      },
      signal,
    })
    const { db } = this.#state
    const places = changelogs.map((changelog): FollowedPlace => {
      const next = nextChange(db, changelog, starts)
      return { changelog, from: next, next, end: changelog.until ?? Number.POSITIVE_INFINITY, behind: 0 }
    })
    return { replay: new Replay(db, infos, () => settings.clock.now()), places, onProgress: onChange }
  }

  async #describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicInfo>> {
    const infos = new Map((await this.#parts.log.topics.describe(topics, { config: true })).map(one => [one.name, one]))
    const gone = topics.find(topic => !infos.has(topic))
    if (gone === undefined) return infos
    throw new SluiceError('UNKNOWN_TOPIC', `the changelog "${gone}" is not there`, { place: { topic: gone } })
  }

  #tell(behind: () => number): void {
    this.#behind = behind
    this.#parts.onChange()
  }

  /** Waits so many milliseconds, or until it is ended. */
  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const { signal } = this.#stop
      const done = (): void => {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = this.#parts.settings.clock.after(ms, done)
      signal.addEventListener('abort', done)
    })
  }
}

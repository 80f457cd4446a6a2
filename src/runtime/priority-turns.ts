// Node's own, as in turns.ts.
import { clearTimeout, setTimeout } from 'node:timers'
import type { GroupClaim } from '../log/log.js'
import type { TopologySpec } from '../topology/spec.js'
import { steadyTime, type Clock } from '../time.js'
import type { Committer } from './committer.js'
import { levelOf } from './inputs/input-choices.js'
import type { OpenTask } from './open-task.js'
import type { Task } from './task.js'
import { TaskTurns } from './task-turns.js'
import { nextTick, type Turns } from './turns.js'

/** The levels of a pipeline's sources, each once, the lowest first. */
export function levelsOf({ nodes }: TopologySpec): readonly number[] {
  const levels = new Set(nodes.flatMap(node => (node.kind === 'source' ? levelOf(node) : [])))
  return [...levels].toSorted((a, b) => a - b)
}

/**
 * Records between two looks at the clock, milliseconds until sockets and timers get their turn, and bytes of a commit: the
 * first that goes before others may have to wait for one.
 */
const calm = { stride: 32, turn: 1, bytes: 1 << 20 }
/**
 * The same for so long after something that went before others, in milliseconds. Each step of the next one, from the write
 * to the commit, waits for the turn or the commit under way, and for a core: so turns are short, with a rest after each, in
 * which the cores are the log's. What goes last waits for a commit when it has written so many bytes.
 */
const alert = { stride: 8, turn: 0.25, rest: 2, lasts: 5_000, bytes: 128 << 10 }

/** What has the highest priority goes first, and is committed at once; it is never far to the next turn or commit. */
export class PriorityTurns implements Turns {
  readonly #committer: Committer
  readonly #clock: Clock
  readonly #lowest: number
  readonly #order: TaskTurns<Task>
  /** Until when what goes last is kept small, in milliseconds since the epoch. */
  #alertUntil = Number.NEGATIVE_INFINITY
  readonly #came: () => Promise<void>
  /** The turn ended before all was done that goes first. */
  #more = false
  /** Those of this turn that have something which waits for another of their inputs. */
  readonly #stuck = new Set<Task>()
  /** Something that went first waits for the end of a commit, to be in the next. */
  #waits = false

  /**
   * @param levels ascending
   * @param came resolves when something has been fetched that goes before others
   */
  constructor(committer: Committer, clock: Clock, levels: readonly number[], came: () => Promise<void>) {
    this.#committer = committer
    this.#clock = clock
    this.#lowest = levels[0]!
    this.#order = new TaskTurns(levels)
    this.#came = came
  }

  async work(open: readonly OpenTask[]): Promise<number> {
    const tasks = open.map(({ task }) => task)
    const alerted = this.#alerted
    const { turn, stride } = alerted ? alert : calm
    const until = performance.now() + turn
    let worked = 0
    let ahead = false
    this.#stuck.clear()
    // However long it took to find tasks that are stuck: with nothing done the worker would sleep.
    while ((worked === 0 || performance.now() < until) && !this.#committer.full(open)) {
      // What went first is committed before the others go on.
      if (ahead && !tasks.some(task => this.#goesFirst(task))) break
      const task = this.#order.next(tasks, this.#stuck)
      if (task === undefined) break
      const first = this.#goesFirst(task)
      // Only where a commit will come: it wakes the worker up.
      if (!first && alerted && this.#committer.pending && this.#enough(open)) break
      const result = task.run(stride)
      const count = typeof result === 'number' ? result : await result
      if (count === 0) {
        this.#stuck.add(task)
        continue
      }
      ahead ||= first
      this.#committer.touched()
      worked += count
    }
    this.#more = tasks.some(task => this.#goesFirst(task))
    return worked
  }

  async commit(tasks: readonly OpenTask[], claim: GroupClaim, busy: boolean): Promise<number | undefined> {
    const ahead = tasks.some(({ task }) => task.reached > this.#lowest)
    if (ahead) this.#alertUntil = steadyTime(this.#clock) + alert.lasts
    const when = ahead ? 'now' : busy && !this.#enough(tasks) ? 'interval' : 'idle'
    const wait = await this.#committer.consider(tasks, claim, when)
    this.#waits = tasks.some(({ task }) => task.reached > this.#lowest)
    return wait
  }

  async pause(): Promise<void> {
    if (this.#alerted && !this.#more) await this.#rest()
    await nextTick()
  }

  async #rest(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>(resolve => (timer = setTimeout(resolve, alert.rest)))
    const ends = [over, this.#came()]
    if (this.#waits) ends.push(this.#committer.finished())
    await Promise.race(ends)
    clearTimeout(timer)
  }

  #goesFirst(task: Task): boolean {
    return task.level > this.#lowest && task.ready && !this.#stuck.has(task)
  }

  get #alerted(): boolean {
    return steadyTime(this.#clock) < this.#alertUntil
  }

  /** Whether so much is uncommitted that it is time for a commit. */
  #enough(tasks: readonly OpenTask[]): boolean {
    return this.#committer.bytes(tasks) > (this.#alerted ? alert.bytes : calm.bytes)
  }
}

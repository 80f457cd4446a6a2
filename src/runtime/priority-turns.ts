import type { GroupClaim } from '../log/log.js'
import type { TopologySpec } from '../topology/spec.js'
import type { Clock } from '../time.js'
import type { Committer } from './committer.js'
import { levelOf } from './input-choices.js'
import type { OpenTask } from './open-task.js'
import type { Task } from './task.js'
import { TaskTurns } from './task-turns.js'
import { nextTick, type Turns } from './turns.js'

/** The levels of a pipeline's sources, each once, the lowest first. */
export function levelsOf({ nodes }: TopologySpec): readonly number[] {
  const levels = new Set(nodes.flatMap(node => (node.kind === 'source' ? levelOf(node) : [])))
  return [...levels].toSorted((a, b) => a - b)
}

/** Records between two looks at the clock, and milliseconds until sockets and timers get their turn. */
const calm = { stride: 32, turn: 1 }
/**
 * The same for so long after something that went before others, in milliseconds. Each step of the next one, from the write
 * to the commit, waits for the turn or the commit under way, and for a core: so turns are short, with a rest after each, in
 * which the cores are the log's, and commits small: what goes last waits for the next one when it has written so many bytes.
 */
const alert = { stride: 8, turn: 0.25, rest: 1, lasts: 5_000, bytes: 128 << 10 }

/** What has the highest priority goes first, and is committed at once; it is never far to the next turn or commit. */
export class PriorityTurns implements Turns {
  readonly #committer: Committer
  readonly #clock: Clock
  readonly #lowest: number
  readonly #order: TaskTurns<Task>
  /** Until when what goes last is kept small, in milliseconds since the epoch. */
  #alertUntil = Number.NEGATIVE_INFINITY
  /** The turn ended before all was done that goes first. */
  #more = false

  /** @param levels ascending */
  constructor(committer: Committer, clock: Clock, levels: readonly number[]) {
    this.#committer = committer
    this.#clock = clock
    this.#lowest = levels[0]!
    this.#order = new TaskTurns(levels)
  }

  async work(open: readonly OpenTask[]): Promise<number> {
    const tasks = open.map(({ task }) => task)
    const { turn, stride } = this.#alerted ? alert : calm
    const until = performance.now() + turn
    let worked = 0
    let ahead = false
    while (performance.now() < until && !this.#committer.full(open)) {
      // What went first is committed before the others go on.
      if (ahead && !tasks.some(task => this.#goesFirst(task))) break
      const task = this.#order.next(tasks)
      if (task === undefined) break
      if (this.#goesFirst(task)) ahead = true
      else if (this.#enough(open)) break
      const result = task.run(stride)
      const count = typeof result === 'number' ? result : await result
      if (count === 0) break
      this.#committer.touched()
      worked += count
    }
    this.#more = tasks.some(task => this.#goesFirst(task))
    return worked
  }

  async commit(tasks: readonly OpenTask[], claim: GroupClaim, busy: boolean): Promise<number | undefined> {
    const ahead = tasks.some(({ task }) => task.reached > this.#lowest)
    if (ahead) this.#alertUntil = this.#clock.now() + alert.lasts
    const when = ahead ? 'now' : busy && !this.#enough(tasks) ? 'interval' : 'idle'
    return this.#committer.consider(tasks, claim, when)
  }

  async pause(called: Promise<void>): Promise<void> {
    if (this.#alerted && !this.#more)
      await Promise.race([called, new Promise<void>(next => setTimeout(next, alert.rest))])
    await nextTick()
  }

  #goesFirst(task: Task): boolean {
    return task.level > this.#lowest && task.ready
  }

  get #alerted(): boolean {
    return this.#clock.now() < this.#alertUntil
  }

  /** Whether what goes last is to wait for a commit. */
  #enough(tasks: readonly OpenTask[]): boolean {
    // Only where one will come: it wakes the worker up.
    return this.#alerted && this.#committer.pending && this.#committer.bytes(tasks) > alert.bytes
  }
}

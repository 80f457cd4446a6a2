import { none, type InputChoice } from './input-choice.js'
import { PriorityLevels } from './priority-levels.js'

/** What a worker's turn looks at. */
export interface Turn {
  /** Whether `run` would do something. */
  readonly ready: boolean
  /** The highest priority among what it could do. */
  readonly level: number
}

/** Which task of a worker goes next, where sources have priorities: as between inputs, and by turns within a level. */
export class TaskTurns<T extends Turn> {
  #tasks: readonly T[] = []
  #choice: PriorityLevels | undefined
  readonly #levels: readonly number[]
  #stuck: ReadonlySet<T> = new Set()

  /** @param levels all that there are */
  constructor(levels: Iterable<number>) {
    this.#levels = [...new Set(levels)].toSorted((a, b) => b - a)
  }

  /**
   * The task to run now; `undefined` where none is ready.
   *
   * @param stuck those that are not to be asked: what is ready of them waits for something else
   */
  next(tasks: readonly T[], stuck: ReadonlySet<T> = new Set()): T | undefined {
    this.#stuck = stuck
    const same = tasks.length === this.#tasks.length && tasks.every((task, index) => task === this.#tasks[index])
    if (this.#choice === undefined || !same) {
      this.#tasks = tasks
      this.#choice = new PriorityLevels(
        this.#levels.map(level => new AtLevel(tasks, level, task => this.#stuck.has(task))),
      )
    }
    const head = this.#choice.head()
    if (head === none) return undefined
    this.#choice.took()
    return this.#tasks[head]
  }
}

/** The tasks that have something of a level, one after the other. */
class AtLevel<T extends Turn> implements InputChoice {
  readonly waiting = false
  readonly #tasks: readonly T[]
  readonly #level: number
  readonly #isStuck: (task: T) => boolean
  #next = 0

  constructor(tasks: readonly T[], level: number, isStuck: (task: T) => boolean) {
    this.#tasks = tasks
    this.#level = level
    this.#isStuck = isStuck
  }

  head(): number {
    for (let i = 0; i < this.#tasks.length; i++) {
      const index = (this.#next + i) % this.#tasks.length
      const task = this.#tasks[index]!
      if (task.ready && task.level === this.#level && !this.#isStuck(task)) return index
    }
    return none
  }

  took(): void {
    this.#next = (this.head() + 1) % this.#tasks.length
  }
}

import { none, WeightedTurns, type InputChoice } from './inputs/input-choice.js'
import { PriorityLevels } from './inputs/priority-levels.js'

/** What a worker's turn looks at. */
export interface Turn {
  /** Whether `run` would do something. */
  readonly ready: boolean
  /** The highest priority among what it could do. */
  readonly level: number
  /** How many turns it has where others have one, of what has the priority 0. */
  readonly weight: number
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
        this.#levels.map(
          level =>
            new WeightedTurns(
              tasks.map((task, index) => new AtLevel(task, index, level, each => this.#stuck.has(each))),
              tasks.map(({ weight }) => (level === 0 ? weight : 1)),
            ),
        ),
      )
    }
    const head = this.#choice.head()
    if (head === none) return undefined
    this.#choice.took()
    return this.#tasks[head]
  }
}

/** A task, where it has something of a level. */
class AtLevel<T extends Turn> implements InputChoice {
  readonly waiting = false
  readonly #task: T
  readonly #index: number
  readonly #level: number
  readonly #isStuck: (task: T) => boolean

  constructor(task: T, index: number, level: number, isStuck: (task: T) => boolean) {
    this.#task = task
    this.#index = index
    this.#level = level
    this.#isStuck = isStuck
  }

  head(): number {
    const task = this.#task
    return task.ready && task.level === this.#level && !this.#isStuck(task) ? this.#index : none
  }

  took(): void {}
}

// Node's own, also where a test has put others in its place: a driver would wait for ever.
import { setImmediate } from 'node:timers'
import type { GroupClaim } from '../log/log.js'
import type { Committer } from './committer.js'
import type { OpenTask } from './open-task.js'

/** How a worker shares its time between its tasks and its commits. */
export interface Turns {
  /** Works for one turn. Answers how many records that were, and calls that came back: none only where there was nothing to do. */
  work(tasks: readonly OpenTask[]): Promise<number>
  /**
   * Begins a commit if it is time. Answers how many milliseconds there are to go, if that is known.
   *
   * @param busy there is more to do at once
   */
  commit(tasks: readonly OpenTask[], claim: GroupClaim, busy: boolean): Promise<number | undefined>
  /** Between two turns: sockets and timers have theirs. */
  pause(): Promise<void>
}

/** Records between two looks at the clock and at what has arrived, of a task of the largest weight. */
const stride = 256
/** How long the tasks may work before sockets and timers get their turn, in milliseconds. */
const turn = 8

/** One task after the other, in proportion to their weights. */
export class EvenTurns implements Turns {
  readonly #committer: Committer

  constructor(committer: Committer) {
    this.#committer = committer
  }

  async work(tasks: readonly OpenTask[]): Promise<number> {
    const until = performance.now() + turn
    const most = tasks.reduce((weight, { task }) => Math.max(weight, task.weight), 0)
    let worked = 0
    let again = true
    // Time that is up before anything was done (the process did not run) is no reason to do nothing: the worker would sleep.
    while (again && (worked === 0 || performance.now() < until) && !this.#committer.full(tasks)) {
      again = false
      for (const { task } of tasks) {
        const limit = Math.max(1, Math.round((stride * task.weight) / most))
        const result = task.run(limit)
        const count = typeof result === 'number' ? result : await result
        if (count > 0) this.#committer.touched()
        worked += count
        again ||= count === limit
      }
    }
    return worked
  }

  commit(tasks: readonly OpenTask[], claim: GroupClaim, busy: boolean): Promise<number | undefined> {
    return this.#committer.consider(tasks, claim, busy ? 'interval' : 'idle')
  }

  pause(): Promise<void> {
    return nextTick()
  }
}

/** After what the sockets and timers have to say. */
export function nextTick(): Promise<void> {
  return new Promise(next => setImmediate(next))
}

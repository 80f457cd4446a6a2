import type { Task } from './task.js'

/** Why a partition with a `rate` takes nothing in at the moment. */
export const rateHolds = 'its rate'

/** One source partition, as this process sees it. */
export interface InputStatus {
  readonly topic: string
  readonly partition: number
  /** Records that are readable and not yet processed. */
  readonly lag: number
  /**
   * How old the oldest of them is by its timestamp, in milliseconds; `undefined` where nothing waits, or it has not been
   * fetched yet.
   */
  readonly age: number | undefined
  /** Why none of them is taken in at the moment; `undefined` where they are, or nothing waits. */
  readonly paused: string | undefined
}

/**
 * The inputs of tasks.
 *
 * @param everywhere why no task takes anything in, if so
 */
export function inputStatus(tasks: readonly Task[], now: number, everywhere: string | undefined): InputStatus[] {
  return tasks.flatMap(task =>
    task.queues.map(queue => {
      const { topic, partition, lag, oldest } = queue
      const age = lag === 0 || oldest === undefined ? undefined : Math.max(0, now - oldest)
      const rate = queue.opensAt === Number.POSITIVE_INFINITY ? undefined : rateHolds
      return { topic, partition, lag, age, paused: lag === 0 ? undefined : (everywhere ?? task.full ?? rate) }
    }),
  )
}

import type { Task } from '../task.js'

/** Why a partition with a `rate` takes nothing in at the moment. */
export const rateHolds = 'its rate'

/** After how many milliseconds an operator that does not answer is a reason of its own. */
const patience = 1_000

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
  const silent = silence(tasks, now)
  return tasks.flatMap(task =>
    task.queues.map(queue => {
      const { topic, partition, lag, oldest } = queue
      const age = lag === 0 || oldest === undefined ? undefined : Math.max(0, now - oldest)
      const rate = queue.opensAt(now) === Number.POSITIVE_INFINITY ? undefined : rateHolds
      return { topic, partition, lag, age, paused: lag === 0 ? undefined : (everywhere ?? task.full ?? silent ?? rate) }
    }),
  )
}

/** What an operator of one task waits for, the others of its worker wait for, too. */
function silence(tasks: readonly Task[], now: number): string | undefined {
  const silent = tasks.find(({ suspended }) => suspended !== undefined && now - suspended >= patience)
  return (
    silent &&
    `an operator of ${silent.name} that has not answered for ${Math.floor((now - silent.suspended!) / 1_000)} s`
  )
}

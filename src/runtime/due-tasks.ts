import { steadyTime, type Clock } from '../time.js'
import type { OpenTask } from './open-task.js'

/** The milliseconds until a timer is due, or a rate lets a record go that it held back at `began`; infinity when there is none. */
export function timerIn(tasks: readonly OpenTask[], clock: Clock, began: number): number {
  const [now, steady] = [clock.now(), steadyTime(clock)]
  let next = Number.POSITIVE_INFINITY
  for (const { task } of tasks) next = Math.min(next, task.timerIn(now, steady), task.opensAt(began) - now)
  return next
}

/** Calls the timers that are due. Answers whether there were any. */
export async function fireTimers(tasks: readonly OpenTask[], clock: Clock): Promise<boolean> {
  const [now, steady] = [clock.now(), steadyTime(clock)]
  let fired = false
  for (const { task } of tasks) {
    if (task.timerIn(now, steady) > 0) continue
    await task.fireTimers(now, steady)
    fired = true
  }
  return fired
}

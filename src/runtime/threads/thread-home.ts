import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '../../errors.js'
import type { StateDb } from '../../store/state-db.js'
import { taskDirs, type StateHome } from '../state-home.js'
import type { ThreadData } from './messages.js'

/** Between two looks whether another thread has closed a database, in milliseconds. */
const lookAgain = 10
/**
 * How long another thread may take to close one, in milliseconds: it does so as soon as it knows its new tasks, but for a
 * commit that hangs on its brokers, for as long as `deliveryTimeout`.
 */
const patience = 150_000

/** The state of a thread's tasks, in the directory whose lock the parent holds. */
export function threadHome(application: string, { settings, instance, slot }: ThreadData): StateHome {
  const dirs = taskDirs(application, join(settings.stateDir, application))
  return {
    ...dirs,
    instance,
    changelogs: true,
    formerSlots: 0,
    keepSlots: async () => {},
    // Each thread has its own copies of the global tables. No task's name ends like that.
    open: (task, signal) => whenFree(() => dirs.open(task === 'global' && slot > 0 ? `global.${slot}` : task), signal),
    close: async () => {},
  }
}

/** A task that moves between two threads is closed by one of them while the other opens it. */
async function whenFree(open: () => Promise<StateDb>, signal: AbortSignal | undefined): Promise<StateDb> {
  const until = performance.now() + patience
  for (;;) {
    try {
      return await open()
    } catch (error) {
      const locked = error instanceof SluiceError && error.code === 'STATE_LOCKED'
      if (!locked || signal?.aborted === true || performance.now() > until) throw error
    }
    await sleep(lookAgain)
  }
}

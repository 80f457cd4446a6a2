import type { Log } from '../log/log.js'
import type { Settings } from './options.js'
import type { StateHome } from './state-home.js'

/** Milliseconds that leaving the group may take at the end: without it, others wait for a session. */
export const farewell = 5_000

/** What a worker is known by in the group. */
export function instanceIdOf(instance: string, slot: number): string {
  return `${instance}-${slot}`
}

/** Stable for a worker slot, so that a restart aborts what the slot left open. */
export function transactionalIdOf(application: string, instance: string, slot: number): string {
  return `${application}-${instance}-${slot}`
}

/**
 * An instance that was killed and comes back with fewer workers: those it has no more are taken out of the group and their
 * transactions are aborted, so that nobody waits for them. The state directory has one owner, so they are dead.
 */
export async function clearFormerSlots(
  log: Log,
  home: StateHome,
  application: string,
  settings: Settings,
): Promise<void> {
  if (log.evict === undefined) return
  for (let slot = settings.threads; slot < home.formerSlots; slot++) {
    await log.evict(application, instanceIdOf(home.instance, slot))
    if (settings.guarantee !== 'exactly-once') continue
    const producer = log.producer({ transactionalId: transactionalIdOf(application, home.instance, slot) })
    await producer.init()
    await producer.close()
  }
  if (home.formerSlots !== settings.threads) await home.keepSlots(settings.threads)
}

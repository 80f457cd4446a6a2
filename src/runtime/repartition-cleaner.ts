import type { Log } from '../log/log.js'
import type { Clock } from '../time.js'
import type { OpenTask } from './open-task.js'
import type { Plan } from './plan.js'

/** Kafka Streams' `repartition.purge.interval.ms`. */
const interval = 30_000

/** Deletes what has been processed from the repartition topics, which have no time retention. Answers how to stop. */
export function repartitionCleaner(log: Log, clock: Clock, plan: Plan, tasks: () => readonly OpenTask[]): () => void {
  const repartitions = new Set(plan.spec.repartitions.map(({ topic }) => topic))
  let cancel: () => void
  const clean = async (): Promise<void> => {
    const done = tasks().flatMap(({ committed }) => committed.filter(({ topic }) => repartitions.has(topic)))
    try {
      if (done.length > 0) await log.topics.deleteRecords(done)
    } catch {
      // Nothing depends on it; the next round deletes them.
    }
    cancel = clock.after(interval, clean)
  }
  cancel = clock.after(interval, clean)
  return () => cancel()
}

import type { Log } from '../log/log.js'
import type { Clock } from '../time.js'
import type { OpenTask } from './open-task.js'
import type { Plan } from './plan.js'
import { rounds } from './rounds.js'

/** Kafka Streams' `repartition.purge.interval.ms`. */
const interval = 30_000

/** Deletes what has been processed from the repartition topics, which have no time retention. Answers how to stop. */
export function repartitionCleaner(log: Log, clock: Clock, plan: Plan, tasks: () => readonly OpenTask[]): () => void {
  const written = new Set(plan.cut.subs.flatMap(({ sinks }) => sinks.map(({ topic }) => topic)))
  const repartitions = new Set(plan.spec.repartitions.map(({ topic }) => topic).filter(topic => written.has(topic)))
  if (repartitions.size === 0) return () => {}
  return rounds(clock, interval, async () => {
    const done = tasks().flatMap(({ committed }) => committed.filter(({ topic }) => repartitions.has(topic)))
    if (done.length > 0) await log.topics.deleteRecords(done)
  })
}

import type { Log } from '../log/log.js'
import { isPattern, topicsOf } from '../topology/topics.js'
import type { Settings } from './options.js'
import type { Plan } from './plan.js'
import { rounds } from './rounds.js'

/**
 * Looks from time to time at the topics that are read, and tells of a change: that the pattern of a source finds others, that
 * one has got more partitions, whose records nobody would read, or that one was deleted and made again.
 */
export function topicWatcher(log: Log, settings: Settings, plan: Plan, changed: () => void): () => void {
  const sources = plan.cut.subs.flatMap(sub => sub.sources)
  const patterns = sources.some(({ topics }) => isPattern(topics))
  // The topics of a local log stay as they were made.
  if (!patterns && log.kind !== 'kafka') return () => {}
  const globals = plan.spec.globals?.map(({ topic }) => topic) ?? []
  const read = (names: Iterable<string>): readonly string[] => [
    ...sources.flatMap(source => topicsOf(source, plan.spec.application, names)),
    ...globals,
  ]
  // A broker that lags behind may know of less: that is no change.
  const sizes = new Map(plan.sizes)
  const ids = new Map(plan.ids)
  const sized = (topics: readonly string[]): string =>
    topics.map(topic => `${topic} ${sizes.get(topic)} ${ids.get(topic)}`).join()
  let before = sized(read(sizes.keys()))
  // The worker meets whatever fails here too, and deals with it.
  return rounds(settings.clock, settings.topicRefresh, async () => {
    const topics = read(patterns ? await log.topics.list() : [])
    for (const { name, id, partitions } of await log.topics.describe(topics)) {
      ids.set(name, id)
      sizes.set(name, Math.max(partitions, sizes.get(name) ?? 0))
    }
    const now = sized(topics)
    if (now !== before) changed()
    before = now
  })
}

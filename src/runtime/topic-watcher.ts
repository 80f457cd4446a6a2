import type { Log } from '../log/log.js'
import { isPattern, topicsOf } from '../topology/topics.js'
import type { Settings } from './options.js'
import type { Plan } from './plan.js'

/** For sources that are patterns: looks from time to time for topics that came or went, and tells of a change. */
export function topicWatcher(log: Log, settings: Settings, plan: Plan, changed: () => void): () => void {
  const sources = plan.cut.subs.flatMap(sub => sub.sources).filter(({ topics }) => isPattern(topics))
  if (sources.length === 0) return () => {}
  const matching = (names: readonly string[]): string =>
    sources.flatMap(source => topicsOf(source, plan.spec.application, names)).join()
  let before = matching([...plan.sizes.keys()])
  let cancel: () => void
  const look = async (): Promise<void> => {
    try {
      const now = matching(await log.topics.list())
      if (now !== before) changed()
      before = now
    } catch {
      // The worker meets the same trouble and deals with it; the next look comes anyway.
    }
    cancel = settings.clock.after(settings.topicRefresh, look)
  }
  cancel = settings.clock.after(settings.topicRefresh, look)
  return () => cancel()
}

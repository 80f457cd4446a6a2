import type { Log, LogConfig } from '../log/log.js'
import { cut } from '../topology/cut.js'
import { keptByLog } from '../topology/kept-by-log.js'
import type { Lowerable } from '../topology/spec.js'
import { refuseFormerPriorities } from '../topology/priority-topics.js'
import { refuseUnknownZone } from '../topology/zones.js'
import { Counters } from './counters.js'
import { clearFormerSlots } from './former-slots.js'
import { Instance } from './instance.js'
import { refuseLeftElsewhere } from './left-waiting.js'
import { LocalCrew } from './local-crew.js'
import type { Running, StartOptions } from './options.js'
import { makePlan } from './plan.js'
import { refuseLateCommits, settings } from './settings.js'
import { stateHome } from './state-home.js'
import { refuseInThread } from './threads/inside.js'
import { shareable } from './threads/shareable.js'
import { ThreadCrew } from './threads/thread-crew.js'

/**
 * Runs a pipeline: opens the log, makes the topics it needs, joins the group, and returns once its tasks have their
 * state (`onRestore` tells how far that is).
 *
 * @throws SluiceError BAD_TOPOLOGY, NO_SERDE, BAD_ARGUMENT, UNKNOWN_TOPIC, TOPIC_MISMATCH, BROKER, STATE_LOCKED,
 *   STATE_FOREIGN, STATE_DAMAGED: nothing runs then, and nothing was written
 */
export async function start(pipeline: Lowerable, options: StartOptions): Promise<Running> {
  const instance = await startInstance(pipeline, options)
  await instance.ready
  return instance
}

/** As `start`, with the engine's own handle, which the test driver uses. */
export async function startInstance(pipeline: Lowerable, options: StartOptions): Promise<Instance> {
  const chosen = settings(options)
  const spec = pipeline.lower()
  refuseInThread(spec.application)
  refuseUnknownZone(spec, chosen.zone)
  const shared = chosen.threads > 1 ? shareable(spec, options) : undefined
  const whole = cut(spec)
  const ownsLog = isConfig(options.log)
  const log = isConfig(options.log) ? await options.log.open() : options.log
  try {
    refuseLateCommits(log, chosen)
    const topology = log.state === undefined ? whole : cut(keptByLog(spec))
    const home = await stateHome(log, spec.application, chosen.stateDir)
    try {
      const startedAt = chosen.clock.now()
      const plan = () => makePlan(log, topology, home.changelogs, startedAt)
      // Its topics are named by what the pipeline has no more, so they are looked for among all.
      if (spec.repartitions.length > 0) refuseFormerPriorities(spec, await log.topics.list())
      const firstPlan = await plan()
      await refuseLeftElsewhere(log, firstPlan)
      await clearFormerSlots(log, home, spec.application, chosen)
      const parts = { log, ownsLog, home, settings: chosen, plan, firstPlan }
      return new Instance({
        ...parts,
        crew: events =>
          shared === undefined
            ? new LocalCrew({ ...parts, counters: new Counters(), slot: 0 }, events)
            : new ThreadCrew({ ...parts, module: shared.module, shared: shared.log }, events),
        signal: options.signal,
        onError: options.onError,
      })
    } catch (error) {
      await home.close()
      throw error
    }
  } catch (error) {
    if (ownsLog) await log.close()
    throw error
  }
}

function isConfig(log: Log | LogConfig): log is LogConfig {
  return 'open' in log
}

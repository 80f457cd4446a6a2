import type { Log, LogConfig } from '../log/log.js'
import { cut } from '../topology/cut.js'
import type { Lowerable } from '../topology/spec.js'
import { Counters } from './counters.js'
import { Instance } from './instance.js'
import type { Running, StartOptions } from './options.js'
import { makePlan } from './plan.js'
import { settings } from './settings.js'
import { stateHome } from './state-home.js'

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
  const topology = cut(pipeline.lower())
  const ownsLog = isConfig(options.log)
  const log = ownsLog ? await (options.log as LogConfig).open() : (options.log as Log)
  try {
    const home = await stateHome(log, topology.spec.application, chosen.stateDir)
    try {
      const startedAt = chosen.clock.now()
      const plan = () => makePlan(log, topology, home.changelogs, startedAt)
      const instance = new Instance({
        log,
        ownsLog,
        home,
        settings: chosen,
        counters: new Counters(),
        plan,
        firstPlan: await plan(),
        signal: options.signal,
        onError: options.onError,
      })
      return instance
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

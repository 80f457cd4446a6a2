import { embedded as openEmbedded, kafka as openKafka, type Log, type LogConfig } from 'sluice'
import { die, dieAtCommit } from '../../faults/die.js'
import type { Moment } from '../../faults/moments.js'

export * from 'sluice'

const kill = JSON.parse(process.env['SLUICE_KILL']!) as Moment

/** The logs of the package, which end this process by SIGKILL at what `SLUICE_KILL` names: a commit, or some time from here on. */
export const embedded = (...args: Parameters<typeof openEmbedded>): LogConfig => deadly(openEmbedded(...args))
export const kafka = (...args: Parameters<typeof openKafka>): LogConfig => deadly(openKafka(...args))

function deadly(config: LogConfig): LogConfig {
  const open = async (): Promise<Log> => {
    if (kill.at === 'time') setTimeout(die, kill.after).unref()
    return dieAtCommit(await config.open(), kill, () => {})
  }
  return { ...config, open }
}

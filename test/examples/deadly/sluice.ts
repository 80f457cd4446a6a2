import { embedded as openEmbedded, kafka as openKafka, type LogConfig } from 'sluice'
import { dieAtCommit } from '../../faults/die.js'
import type { Moment } from '../../faults/moments.js'

export * from 'sluice'

const kill = JSON.parse(process.env['SLUICE_KILL']!) as Moment

/** The logs of the package, which end this process by SIGKILL at the commit that `SLUICE_KILL` names. */
export const embedded = (...args: Parameters<typeof openEmbedded>): LogConfig => deadly(openEmbedded(...args))
export const kafka = (...args: Parameters<typeof openKafka>): LogConfig => deadly(openKafka(...args))

function deadly(config: LogConfig): LogConfig {
  return { ...config, open: async () => dieAtCommit(await config.open(), kill, () => {}) }
}

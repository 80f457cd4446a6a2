import type { Log, LogConfig } from '../log/log.js'
import { UsageError } from './args.js'

/** Where the log is. `--bootstrap-server` is Kafka's own word for `--brokers`. */
export const logOptions = {
  log: { type: 'string' },
  brokers: { type: 'string' },
  'bootstrap-server': { type: 'string' },
} as const

export const logUsage = '[--log <dir> | --brokers <host:port,…>]'

interface LogValues {
  readonly log?: string | undefined
  readonly brokers?: string | undefined
  readonly 'bootstrap-server'?: string | undefined
}

/** The log that was named; the embedded one in `./data` where none was. @throws UsageError */
export async function logConfig(values: LogValues, usage: string): Promise<LogConfig> {
  const brokers = values.brokers ?? values['bootstrap-server']
  // Each log is loaded by who uses it.
  if (brokers === undefined) {
    if (values.log === '') throw new UsageError('--log takes a directory', usage)
    const { embedded } = await import('../log/embedded/embedded.js')
    return embedded(values.log ?? './data')
  }
  if (values.log !== undefined)
    throw new UsageError('--log is for the embedded log, --brokers for Kafka: one of them', usage)
  const list = brokers.split(',').map(broker => broker.trim())
  if (list.some(broker => !(Number(/^.+:(\d+)$/.exec(broker)?.[1]) < 65_536))) {
    throw new UsageError(`--brokers takes host:port, several with commas between, not "${brokers}"`, usage)
  }
  const { kafka } = await import('../log/kafka/kafka.js')
  return kafka({ brokers: list })
}

/** What messages call that log. */
export function logName(values: LogValues): string {
  const brokers = values.brokers ?? values['bootstrap-server']
  return brokers === undefined ? `the log in ${values.log ?? './data'}` : `Kafka at ${brokers}`
}

/** Opens the log for one piece of work and closes it, whatever happens. */
export async function withLog<T>(values: LogValues, usage: string, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await (await logConfig(values, usage)).open()
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

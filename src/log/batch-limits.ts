import { SluiceError } from '../errors.js'
import type { Log } from './log.js'

/**
 * The largest batch that each of these topics takes, in bytes, where that is less than what the log takes
 * (`max.message.bytes`). Who may write to a topic need not be allowed to read its settings: then nothing is known of it.
 */
export async function batchLimits(log: Log, topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (topics.length === 0) return new Map()
  try {
    const infos = await log.topics.describe(topics, { config: true })
    const limits = infos.map(({ name, config }) => [name, Number(config['max.message.bytes'])] as const)
    return new Map(limits.filter(([, limit]) => limit < log.maxBatchBytes))
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'BROKER') return new Map()
    throw error
  }
}

export function recordTooLarge(topic: string, partition: number, bytes: number, limit: number): SluiceError {
  return new SluiceError('RECORD_TOO_LARGE', `a record of ${bytes} bytes for ${topic} is above the limit of ${limit}`, {
    place: { topic, partition },
    hint: 'write less, or raise the limit: max.message.bytes of the topic and maxBatchBytes of the log',
  })
}

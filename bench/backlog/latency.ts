import { setTimeout as sleep } from 'node:timers/promises'
import { readRecords, recordWriter, type Log } from 'sluice'
import { served, urgent } from './pipeline.js'

/** Milliseconds on a clock that does not jump. */
export const now = (): number => performance.timeOrigin + performance.now()

/**
 * Writes urgent orders, one each `every` milliseconds, and answers how long each took until a `read_committed` reader of
 * the output had it, in milliseconds, in ascending order.
 */
export async function latencies(log: Log, samples: number, every: number): Promise<number[]> {
  const stop = new AbortController()
  const found: number[] = []
  const reading = (async () => {
    for await (const { value } of readRecords(log, served, { from: 'latest', until: 'never', signal: stop.signal })) {
      found.push(now() - value!.at)
      if (found.length === samples) break
    }
  })()
  const producer = log.producer({})
  try {
    await producer.init()
    const writer = await recordWriter(log, producer, [urgent.name])
    // The reader is at the end of the topic before the first order is written.
    await sleep(500)
    for (let i = 0; i < samples; i++) {
      writer.write(urgent, { key: `customer-${i % 97}`, value: { at: now(), customer: i % 97 } })
      writer.handOver()
      await producer.flush()
      await sleep(every)
    }
    await Promise.race([reading, sleep(60_000)])
  } finally {
    stop.abort()
    await producer.close()
  }
  if (found.length < samples) throw new Error(`${samples - found.length} of ${samples} urgent orders were not served`)
  return found.toSorted((a, b) => a - b)
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

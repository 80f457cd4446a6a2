import { setTimeout as sleep } from 'node:timers/promises'
import { readRecords, recordWriter, type Log } from 'sluice'
import { served, urgent } from './pipeline.js'

/** Milliseconds on a clock that does not jump. */
export const now = (): number => performance.timeOrigin + performance.now()

/** In milliseconds. */
export interface Latencies {
  /** From the order's writing until a `read_committed` reader of the output had it. */
  readonly whole: number[]
  /** Of that, until the log had taken it. */
  readonly written: number[]
}

/** Writes urgent orders, one each `every` milliseconds, and answers how long each took. */
export async function latencies(log: Log, samples: number, every: number): Promise<Latencies> {
  const stop = new AbortController()
  const whole: number[] = []
  const written: number[] = []
  const reading = (async () => {
    for await (const { value } of readRecords(log, served, { from: 'latest', until: 'never', signal: stop.signal })) {
      whole.push(now() - value!.at)
      if (whole.length === samples) break
    }
  })()
  const producer = log.producer({})
  try {
    await producer.init()
    const writer = await recordWriter(log, producer, [urgent.name])
    // The reader is at the end of the topic before the first order is written.
    await sleep(500)
    for (let i = 0; i < samples; i++) {
      const at = now()
      writer.write(urgent, { key: `customer-${i % 97}`, value: { at, customer: i % 97 } })
      writer.handOver()
      await producer.flush()
      written.push(now() - at)
      await sleep(every)
    }
    await Promise.race([reading, sleep(60_000, undefined, { signal: stop.signal }).catch(() => {})])
  } finally {
    stop.abort()
    await producer.close()
  }
  if (whole.length < samples) throw new Error(`${samples - whole.length} of ${samples} urgent orders were not served`)
  return { whole, written }
}

export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

import { recordWriter, type Log } from 'sluice'
import { texts } from './outputs.js'

export interface Input {
  /** `l`, `r`, `g` or `v`. */
  readonly topic: string
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
  /** That of the key where it is left out. */
  readonly partition?: number
}

export const partitions = 2
const batchOf = 40

/** Records of a few keys, mostly in order of time, some late, some too late; with tombstones where tables read them. */
export function inputs(random: () => number, count: number, tombstones: readonly string[]): Input[] {
  const below = (limit: number): number => Math.floor(random() * limit)
  return Array.from({ length: count }, (_, i): Input => {
    const topic = ['l', 'r', 'v'][below(3)]!
    const back = i % 30 === 29 ? 400 : random() < 0.15 ? below(120) : below(10)
    const isGone = tombstones.includes(topic) && random() < 0.1
    const value = topic === 'v' ? `v${below(9)}` : `${topic}${i}${'x'.repeat(below(4))}`
    return { topic, key: `k${below(5)}`, value: isGone ? null : value, timestamp: Math.max(0, i * 3 - back) }
  })
}

/** Records at a late time in each partition: they close every window. */
export function closing(timestamp: number): Input[] {
  return ['l', 'r', 'v'].flatMap(topic =>
    Array.from({ length: partitions }, (_, partition) => {
      return { topic, key: `end-${partition}`, value: 'end', timestamp, partition }
    }),
  )
}

/** Rows of the global table. */
export const rows: readonly Input[] = [0, 1].map(i => ({ topic: 'g', key: `g${i}`, value: `row ${i}`, timestamp: 0 }))

/** Writes them in several batches for each partition. */
export async function write(log: Log, app: string, list: readonly Input[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [...new Set(list.map(({ topic }) => `${app}-${topic}`))])
  for (const [i, { topic, ...record }] of list.entries()) {
    writer.write(texts(`${app}-${topic}`), record)
    if (i % batchOf === batchOf - 1) writer.handOver()
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

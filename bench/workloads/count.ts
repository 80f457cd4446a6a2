import { usual, type Workload } from '../harness/workload.js'
import { jobRecords, jobs } from './jobs.js'

/** Counts the completed jobs per key: JSON of about 120 bytes, a filter, LevelDB or RocksDB state, a changelog. */
export function countPerKey(name: string, keys: number, options: Partial<Workload> = {}): Workload {
  return {
    ...usual,
    name,
    title: `count of completed jobs per key, ${keys.toLocaleString('en')} keys`,
    inputs: [jobRecords(keys)],
    output: 'int64',
    fold: 'last',
    program: 'count',
    kafkaStreams: 'CountPerKey',
    expected(records) {
      const counts = new Map<string, number>()
      for (const { importId, status } of jobs(records, keys)) {
        if (status === 'completed') counts.set(importId, (counts.get(importId) ?? 0) + 1)
      }
      return Array.from(counts, ([key, n]) => [key, String(n)] as const)
    },
    ...options,
  }
}

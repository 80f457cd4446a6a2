import { usual, type Workload } from '../harness/workload.js'
import { jobRecords, jobs } from './jobs.js'

const keys = 100_000

/** Counts the completed jobs by airport and delay, about 1,000 keys, which repartitions. */
export const repartition: Workload = {
  ...usual,
  name: 'repartition',
  title: 'repartition to 1,080 keys, and count',
  inputs: [jobRecords(keys)],
  output: 'int64',
  fold: 'last',
  program: 'repartition',
  kafkaStreams: 'Repartition',
  expected(records) {
    const counts = new Map<string, number>()
    for (const { status, origin, delay } of jobs(records, keys)) {
      const key = `${origin}-${delay}`
      if (status === 'completed') counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return Array.from(counts, ([key, n]) => [key, String(n)] as const)
  },
}

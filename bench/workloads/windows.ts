import { usual, type Workload } from '../harness/workload.js'
import { jobRecords, jobs, timeOf } from './jobs.js'

const keys = 1000
const size = 60_000

/** Counts the completed jobs of each key in windows of a minute that begin every `step`. */
function windows(name: string, title: string, step: number, kafkaStreams: string): Workload {
  return {
    ...usual,
    name,
    title,
    inputs: [jobRecords(keys)],
    output: 'int64',
    fold: 'last',
    program: name,
    kafkaStreams,
    expected(records) {
      const counts = new Map<string, number>()
      for (const job of jobs(records, keys)) {
        if (job.status !== 'completed') continue
        const time = timeOf(job)
        for (let start = time - (time % step); start > time - size; start -= step) {
          const key = `${job.importId}@${start}`
          counts.set(key, (counts.get(key) ?? 0) + 1)
        }
      }
      return Array.from(counts, ([key, n]) => [key, String(n)] as const)
    },
  }
}

export const tumbling: Workload = windows('tumbling', 'count per key in tumbling windows of 1 min', size, 'Tumbling')
export const hopping: Workload = windows('hopping', 'count per key in windows of 1 min every 20 s', 20_000, 'Hopping')

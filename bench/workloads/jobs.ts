import { random } from '../harness/random.js'
import type { Dataset } from '../harness/workload.js'

const airports = ['ATL', 'BOS', 'DEN', 'DFW', 'JFK', 'LAS', 'LAX', 'MIA', 'ORD', 'PHX', 'SEA', 'SFO']
const firstTimestamp = Date.UTC(2001, 0, 1)

export interface Job {
  id: number
  importId: string
  status: 'completed' | 'started'
  origin: string
  destination: string
  delay: number
  distance: number
}

/** Jobs of so many imports, one each millisecond; two of three are completed, so that a filter has something to do. */
export function* jobs(count: number, keys: number): Generator<Job> {
  const draw = random(7)
  const digits = Math.max(6, String(keys - 1).length)
  for (let id = 0; id < count; id++) {
    yield {
      id,
      importId: `import-${String(Math.floor(draw() * keys)).padStart(digits, '0')}`,
      status: draw() * 3 < 2 ? 'completed' : 'started',
      origin: airports[Math.floor(draw() * airports.length)]!,
      destination: airports[Math.floor(draw() * airports.length)]!,
      delay: Math.floor(draw() * 90) - 15,
      distance: 100 + Math.floor(draw() * 2500),
    }
  }
}

export function timeOf({ id }: Job): number {
  return firstTimestamp + id
}

/** The jobs as JSON of about 120 bytes under their imports. */
export function jobRecords(keys: number): Dataset {
  return {
    name: `jobs-${keys}`,
    partitions: 4,
    count: records => records,
    *records(count) {
      for (const job of jobs(count, keys))
        yield { key: job.importId, value: JSON.stringify(job), timestamp: timeOf(job) }
    },
  }
}

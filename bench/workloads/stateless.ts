import { usual, type Workload } from '../harness/workload.js'
import { jobRecords, jobs } from './jobs.js'

const keys = 100_000

/** Keeps the completed jobs, and of them the route and whether they were late: no state, JSON in and out. */
export const stateless: Workload = {
  ...usual,
  name: 'stateless',
  title: 'filter and map, JSON',
  inputs: [jobRecords(keys)],
  fold: 'all',
  program: 'stateless',
  kafkaStreams: 'Stateless',
  *expected(records) {
    for (const { id, importId, status, origin, destination, delay } of jobs(records, keys)) {
      if (status !== 'completed') continue
      yield [importId, JSON.stringify({ id, route: `${origin}-${destination}`, late: delay > 15 })]
    }
  },
}

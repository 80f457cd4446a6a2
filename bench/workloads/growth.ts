import { usual, type Dataset, type Workload } from '../harness/workload.js'
import { countPerKey } from './count.js'
import { jobRecords, jobs } from './jobs.js'

const keys = 10_000

type At = (x: number) => Workload

/** The count per key, of ever more keys. So many records more that most of them are met. */
const byKeys: At = x => countPerKey(`growth-keys-${x}`, x, x > 500_000 ? { scale: x / 500_000 } : {})

/** The count per key, in ever more partitions, which are as many tasks. With fewer records many tasks are done at once. */
const byPartitions: At = x => ({
  ...countPerKey(`growth-partitions-${x}`, keys, { scale: 4 }),
  partitions: x,
  inputs: [{ ...jobRecords(keys), name: `jobs-in-${x}`, partitions: x }],
})

const byOperators: At = x => ({
  ...usual,
  name: `growth-operators-${x}`,
  title: `${x} operators in a row`,
  inputs: [jobRecords(keys)],
  fold: 'all',
  program: 'chain',
  parameters: { operators: x },
  *expected(records) {
    for (const job of jobs(records, keys)) yield [job.importId, JSON.stringify(job)]
  },
})

const byStores: At = x => ({
  ...countPerKey(`growth-stores-${x}`, keys),
  program: 'stores',
  parameters: { stores: x },
})

function sized(bytes: number): Dataset {
  return {
    name: `sized-${bytes}`,
    partitions: 4,
    count: records => records,
    *records(count) {
      for (let id = 0; id < count; id++) {
        const empty = JSON.stringify({ id, payload: '' })
        const value = JSON.stringify({ id, payload: 'x'.repeat(Math.max(0, bytes - empty.length)) })
        yield { key: String(id % keys), value, timestamp: 1_000_000_000_000 + id }
      }
    },
  }
}

const bySize: At = x => {
  const dataset = sized(x)
  return {
    ...usual,
    name: `growth-bytes-${x}`,
    title: `records of ${x} bytes`,
    inputs: [dataset],
    fold: 'all',
    program: 'chain',
    parameters: { operators: 1 },
    *expected(records) {
      for (const { key, value } of dataset.records(records)) yield [key!, String(value)]
    },
  }
}

/** What is swept, and how far. */
export const sweeps: Readonly<Record<string, { readonly xs: readonly number[]; readonly at: At }>> = {
  keys: { xs: [1e3, 1e4, 1e5, 1e6, 1e7], at: byKeys },
  partitions: { xs: [1, 4, 16, 64, 256], at: byPartitions },
  operators: { xs: [1, 2, 4, 8, 16, 32, 64], at: byOperators },
  'bytes a record': { xs: [50, 500, 5000, 20_000, 100_000], at: bySize },
  'stores a task': { xs: [1, 2, 4, 8, 16], at: byStores },
}

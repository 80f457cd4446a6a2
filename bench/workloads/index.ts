import type { Workload } from '../harness/workload.js'
import { countPerKey } from './count.js'
import { flights } from './flights.js'
import { nexmark } from './nexmark/index.js'
import { repartition } from './repartition.js'
import { stateless } from './stateless.js'
import { statelessAvro } from './stateless-avro.js'
import { streamStream } from './stream-stream.js'
import { streamTable } from './stream-table.js'
import { hopping, tumbling } from './windows.js'

export const workloads: readonly Workload[] = [
  stateless,
  statelessAvro,
  // A million records is done in less than two seconds, which is too short for what two threads reach.
  countPerKey('count', 100_000, { scale: 3 }),
  flights,
  countPerKey('count-1k', 1000),
  countPerKey('count-10m', 10_000_000, { cacheBytes: 64 * 1024 * 1024, scale: 3 }),
  repartition,
  tumbling,
  hopping,
  streamTable,
  streamStream,
  ...nexmark,
]

import avsc from 'avsc'
import { usual, type Dataset, type Workload } from '../harness/workload.js'
import * as schemas from '../sluice/schemas.js'
import { jobs, timeOf } from './jobs.js'

const keys = 100_000

const job = typeOf(schemas.job)
const route = typeOf(schemas.route)

const records: Dataset = {
  name: `jobs-avro-${keys}`,
  partitions: 4,
  count: count => count,
  *records(count) {
    for (const one of jobs(count, keys)) yield { key: one.importId, value: job.toBuffer(one), timestamp: timeOf(one) }
  },
}

/** As `stateless`, with Avro's binary encoding in and out. */
export const statelessAvro: Workload = {
  ...usual,
  name: 'stateless-avro',
  title: 'filter and map, Avro',
  inputs: [records],
  output: 'hex',
  fold: 'all',
  program: 'stateless-avro',
  kafkaStreams: 'StatelessAvro',
  *expected(count) {
    for (const { id, importId, status, origin, destination, delay } of jobs(count, keys)) {
      if (status !== 'completed') continue
      const value = route.toBuffer({ id, route: `${origin}-${destination}`, late: delay > 15 })
      yield [importId, value.toString('hex')]
    }
  },
}

function typeOf(schema: object): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema)
}

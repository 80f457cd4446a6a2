import { setImmediate as breathe } from 'node:timers/promises'
import { kafka } from '../../../src/log/kafka/kafka.js'
import { json } from '../../../src/serde/json/json.js'
import { directReader } from '../../../src/serde/direct.js'
import { Commits } from '../commits.js'
import { readAll } from '../read-all.js'
import { readCeiling, Stopwatch, tell } from '../said.js'
import { count } from './count.js'
import { does, type Layer } from './layer.js'
import { stateless } from './stateless.js'
import type { Job } from './rest.js'
import { Transactions } from './transactions.js'

// One plain loop over a topic of Kafka, up to a layer of a workload: what a record costs without topology, tasks, stores
// and cache. What it writes at its last layer is what the workload writes.

const layer = readCeiling<Layer>()
const { brokers, input, partitions, records, warmUp, work } = layer
const [walks, reads, filters, builds] = [
  does(layer, 'walk'),
  does(layer, 'value'),
  does(layer, 'filter'),
  does(layer, 'batches'),
]
const read = directReader(json<Job>())
const log = await kafka({ brokers: [...brokers] }).open()
const transactions = await Transactions.of(log, layer)
const rest = await (work === 'stateless' ? stateless : count)(layer, transactions?.producer)
const commits = new Commits(async () => {
  rest.handOver()
  await transactions?.commit()
  await rest.committed?.()
})
const watch = new Stopwatch(warmUp)

await readAll(log, input, partitions, records, async ({ partition, batches, next }) => {
  let seen = 0
  for (const batch of batches) {
    seen += batch.count
    if (!walks) continue
    const cursor = batch.cursor()
    while (cursor.next()) {
      if (!reads) continue
      const job = read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
      if (filters && job.status === 'completed') rest.take(partition, cursor, job)
    }
  }
  watch.add(seen)
  transactions?.reached(partition, next)
  if (builds) commits.tick()
  // The next fetch is taken from its socket while the other partitions' records wait.
  await breathe()
  return seen
})
await commits.end()
await transactions?.producer.close()
await rest.close?.()
const [rate, cpu] = [watch.rate(), watch.cpu()]
await log.close()
tell(rate, { cpu })

import { RecordHeaders } from '../../../src/record.js'
import { json } from '../../../src/serde/json.js'
import { Batches } from './batches.js'
import { Commits } from './commits.js'
import { does, type Layer } from './layer.js'
import type { Log } from '../../../src/log/log.js'
import type { Rest } from './rest.js'
import { Transactions } from './transactions.js'

const routes = json()

/** What the stateless workload writes: of a job the route and whether it was late, under the key as it came. */
export async function stateless(log: Log, layer: Layer): Promise<Rest> {
  const builds = does(layer, 'batches')
  const transactions = await Transactions.of(log, layer)
  const out = new Batches(layer.output, layer.partitions, transactions?.producer)
  const commits = new Commits(async () => {
    out.handOver()
    await transactions?.commit()
  })
  return {
    take(partition, { timestamp, buffer, keyStart, keyEnd }, { id, origin, destination, delay }) {
      if (!builds) return
      const route = { id, route: `${origin}-${destination}`, late: delay > 15 }
      out.of(partition).add(timestamp, buffer, keyStart, keyEnd, route, routes, RecordHeaders.none)
    },
    reached(partition, next) {
      transactions?.reached(partition, next)
      if (builds) commits.tick()
    },
    async end() {
      await commits.end()
      await transactions?.producer.close()
    },
  }
}

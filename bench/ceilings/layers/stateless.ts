import type { Producer } from '../../../src/log/log.js'
import { RecordHeaders } from '../../../src/record.js'
import { json } from '../../../src/serde/json/json.js'
import { Batches } from './batches.js'
import { does, type Layer } from './layer.js'
import type { Rest } from './rest.js'

const routes = json()

/** What the stateless workload writes: of a job the route and whether it was late, under the key as it came. */
export async function stateless(layer: Layer, producer: Producer | undefined): Promise<Rest> {
  const builds = does(layer, 'batches')
  const out = new Batches(layer.output, layer.partitions, producer)
  return {
    take(partition, { timestamp, buffer, keyStart, keyEnd }, { id, origin, destination, delay }) {
      if (!builds) return
      const route = { id, route: `${origin}-${destination}`, late: delay > 15 }
      out.of(partition).add(timestamp, buffer, keyStart, keyEnd, route, routes, RecordHeaders.none)
    },
    handOver: () => out.handOver(),
  }
}

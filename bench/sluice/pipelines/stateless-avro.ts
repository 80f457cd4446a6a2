import { avro, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

const job = {
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'importId', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
    { name: 'delay', type: 'int' },
    { name: 'distance', type: 'int' },
  ],
} as const

const route = {
  type: 'record',
  name: 'Route',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'route', type: 'string' },
    { name: 'late', type: 'boolean' },
  ],
} as const

/** The peer of bench/kafka-streams/avro/StatelessAvro.java. */
export default function statelessAvro({ application, input, output, options }: Job): Pipeline {
  const router = pipeline(application, options)
  router
    .stream(topic(input, { key: string, value: avro(job) }))
    .filter(({ status }) => status === 'completed')
    .map(({ id, origin, destination, delay }) => ({ id, route: `${origin}-${destination}`, late: delay > 15 }))
    .to(topic(output, { key: string, value: avro(route) }))
  return router
}

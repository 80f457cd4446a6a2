import { avro, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { job, route } from '../schemas.js'

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

import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

interface Flight {
  readonly id: number
  readonly status: string
  readonly origin: string
  readonly destination: string
  readonly delay: number
}

/** The peer of bench/kafka-streams/Stateless.java. */
export default function stateless({ application, input, output, options }: Job): Pipeline {
  const jobs = topic(input, { key: string, value: json<Flight>() })
  const routes = topic(output, { key: string, value: json<{ id: number; route: string; late: boolean }>() })

  const router = pipeline(application, options)
  router
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .map(({ id, origin, destination, delay }) => ({ id, route: `${origin}-${destination}`, late: delay > 15 }))
    .to(routes)
  return router
}

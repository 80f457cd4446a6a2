import { json, long, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

interface Flight {
  readonly status: string
  readonly origin: string
  readonly delay: number
}

/** The peer of bench/kafka-streams/Repartition.java. */
export default function repartition({ application, input, output, options }: Job): Pipeline {
  const jobs = topic(input, { key: string, value: json<Flight>() })

  const counter = pipeline(application, options)
  counter
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .groupBy(job => `${job.origin}-${job.delay}`)
    .count({ as: 'by-delay' })
    .toStream()
    .to(topic(output, { key: string, value: long }))
  return counter
}

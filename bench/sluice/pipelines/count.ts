import { json, long, pipeline, store, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

/** The peer of bench/kafka-streams/CountPerKey.java. */
export default function count({ application, input, output, options }: Job): Pipeline {
  const jobs = topic(input, { key: string, value: json<{ status: string }>() })
  const counts = topic(output, { key: string, value: long })
  const completed = store('completed-jobs', { key: string, value: long })

  const counter = pipeline(application, options)
  counter
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .groupByKey()
    .count({ as: completed })
    .toStream()
    .to(counts)
  return counter
}

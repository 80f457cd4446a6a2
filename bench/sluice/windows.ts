import { json, long, pipeline, string, topic, type Pipeline, type TimeWindows } from 'sluice'
import type { Job } from './launch.js'

/** Counts completed jobs per key and window; the keys written are `key@start`. */
export function countInWindows({ application, input, output, options }: Job, windows: TimeWindows): Pipeline {
  const jobs = topic(input, { key: string, value: json<{ status: string }>() })

  const counter = pipeline(application, options)
  counter
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .groupByKey()
    .windowedBy(windows)
    .count({ as: 'completed-in-window' })
    .toStream()
    .selectKey((_, { key, start }) => `${key}@${start}`)
    .to(topic(output, { key: string, value: long }))
  return counter
}

import { json, long, pipeline, store, string, topic, type Pipeline } from 'sluice'

/** The peer of bench/kafka-streams/CountPerKey.java. */
export function count(application: string, input: string, output: string, module?: string): Pipeline {
  const jobs = topic(input, { key: string, value: json<{ status: string }>() })
  const counts = topic(output, { key: string, value: long })
  const completed = store('completed-jobs', { key: string, value: long })

  const counter = pipeline(application, module === undefined ? {} : { module })
  counter
    .stream(jobs)
    .filter(job => job.status === 'completed')
    .groupByKey()
    .count({ as: completed })
    .toStream()
    .to(counts)
  return counter
}

import { json, long, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

/** The count per key, in as many stores as it is told; the first is written out. */
export default function stores({ application, input, output, options, parameters }: Job): Pipeline {
  const app = pipeline(application, options)
  const completed = app
    .stream(topic(input, { key: string, value: json<{ status: string }>() }))
    .filter(job => job.status === 'completed')
    .groupByKey()
  completed
    .count({ as: 'completed-1' })
    .toStream()
    .to(topic(output, { key: string, value: long }))
  for (let i = 2; i <= parameters['stores']!; i++) completed.count({ as: `completed-${i}` })
  return app
}

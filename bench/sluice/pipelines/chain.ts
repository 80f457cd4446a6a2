import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'

/** As many operators in a row as it is told, none of which does anything. */
export default function chain({ application, input, output, options, parameters }: Job): Pipeline {
  const app = pipeline(application, options)
  let stream = app.stream(topic(input, { key: string, value: json() }))
  for (let i = 0; i < parameters['operators']!; i++) stream = stream.map(value => value)
  stream.to(topic(output, { key: string, value: json() }))
  return app
}

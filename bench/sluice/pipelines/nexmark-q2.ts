import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ2.java. */
export default function q2({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, options)
  app
    .stream(events<Bid>(input))
    .filter(({ auction }) => auction % 123 === 0)
    .map(({ auction, price }) => ({ auction, price }))
    .to(topic(output, { key: string, value: json() }))
  return app
}

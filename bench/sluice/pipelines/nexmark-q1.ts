import { json, pipeline, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ1.java. */
export default function q1({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, options)
  app
    .stream(events<Bid>(input))
    .map(({ auction, bidder, price, dateTime, extra }) => ({ auction, bidder, price: price * 908, dateTime, extra }))
    .to(topic(output, { key: string, value: json() }))
  return app
}

import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ18.java. */
export default function q18({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  app
    .stream(events<Bid>(input))
    .groupBy(({ bidder, auction }) => `${bidder}-${auction}`)
    .reduce((last, next) => (next.dateTime >= last.dateTime ? next : last), { as: 'last-bids' })
    .toStream()
    .to(events<Bid>(output))
  return app
}

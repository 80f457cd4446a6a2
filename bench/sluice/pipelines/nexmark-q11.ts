import { int32, long, pipeline, session, string, topic, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ11.java. */
export default function q11({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: int32 })
  app
    .stream(events<Bid>(input))
    .map(({ bidder }) => bidder)
    .groupBy(bidder => String(bidder))
    // The order of what comes through the repartition is not that of its time: nothing may be late.
    .windowedBy(session('10s', { grace: '1d' }))
    .count({ as: 'bids-of-session' })
    .toStream()
    .selectKey((_, { key, start, end }) => `${key}@${start}-${end}`)
    .to(topic(output, { key: string, value: long }))
  return app
}

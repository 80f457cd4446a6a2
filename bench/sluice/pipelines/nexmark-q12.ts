import { int32, long, pipeline, string, topic, tumbling, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ12.java. */
export default function q12({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: int32 })
  app
    .stream(events<Bid>(input), { timestamp: () => Date.now() })
    .map(({ bidder }) => bidder)
    .groupBy(bidder => String(bidder))
    .windowedBy(tumbling('10s', { grace: '1d' }))
    .count({ as: 'bids-in-window' })
    .toStream()
    .selectKey((_, { key, start }) => `${key}@${start}`)
    .to(topic(output, { key: string, value: long }))
  return app
}

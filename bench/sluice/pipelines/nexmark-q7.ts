import { json, pipeline, tumbling, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

type Offer = Pick<Bid, 'auction' | 'price' | 'bidder' | 'dateTime' | 'extra'>

function higher(best: Offer, next: Offer): Offer {
  return next.price > best.price || (next.price === best.price && next.dateTime < best.dateTime) ? next : best
}

/** The peer of bench/kafka-streams/NexmarkQ7.java. */
export default function q7({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  app
    .stream(events<Bid>(input))
    .map(({ auction, price, bidder, dateTime, extra }): Offer => ({ auction, price, bidder, dateTime, extra }))
    .groupByKey()
    .windowedBy(tumbling('10s', { grace: '10s' }))
    .reduce(higher, { as: 'highest-of-auction' })
    .toStream({ tombstones: false })
    .groupBy((_, { start }) => String(start))
    .reduce(higher, { as: 'highest' })
    .toStream()
    .to(events<Offer>(output))
  return app
}

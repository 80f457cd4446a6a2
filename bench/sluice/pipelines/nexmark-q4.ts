import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events } from '../nexmark.js'
import { winningBids } from '../winning-bids.js'

/** The peer of bench/kafka-streams/NexmarkQ4.java. */
export default function q4({ application, inputs, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  winningBids(app, inputs)
    .groupBy(({ category, price }) => [String(category), price])
    .aggregate(
      () => ({ sum: 0, count: 0 }),
      ({ sum, count }, price) => ({ sum: sum + price, count: count + 1 }),
      ({ sum, count }, price) => ({ sum: sum - price, count: count - 1 }),
      { as: 'prices-by-category' },
    )
    .toStream({ tombstones: false })
    .map(({ sum, count }) => (count === 0 ? 0 : Math.floor(sum / count)))
    .to(events<number>(output))
  return app
}

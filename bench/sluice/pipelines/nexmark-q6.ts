import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events } from '../nexmark.js'
import { winningBids, type Winner } from '../winning-bids.js'

interface Sold {
  readonly auction: string
  readonly price: number
  readonly dateTime: number
}

const kept = 10

/** The latest ten by the time of the bid, which only grows for an auction: what has left the list does not come back. */
function latest(sold: readonly Sold[], next: Sold): readonly Sold[] {
  return [...sold.filter(({ auction }) => auction !== next.auction), next]
    .toSorted((a, b) => a.dateTime - b.dateTime)
    .slice(-kept)
}

/** The peer of bench/kafka-streams/NexmarkQ6.java. */
export default function q6({ application, inputs, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  winningBids(app, inputs)
    .toStream({ tombstones: false })
    .map(({ price, dateTime, seller }: Winner, auction) => ({ seller, sold: { auction, price, dateTime } }))
    .groupBy(({ seller }) => String(seller))
    .aggregate(
      (): readonly Sold[] => [],
      (sold, next) => latest(sold, next.sold),
      { as: 'sold-by-seller' },
    )
    .toStream({ tombstones: false })
    .map(sold => Math.floor(sold.reduce((sum, { price }) => sum + price, 0) / sold.length))
    .to(events<number>(output))
  return app
}

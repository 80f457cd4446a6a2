import { hopping, json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

interface Hot {
  readonly num: number
  readonly auctions: readonly number[]
}

const none: Hot = { num: 0, auctions: [] }

/** Counts of a window only grow, so whatever the order in which they come, the last of the highest stays. */
function hotter(hot: Hot, { auction, num }: { readonly auction: number; readonly num: number }): Hot {
  if (num > hot.num) return { num, auctions: [auction] }
  if (num < hot.num || hot.auctions.includes(auction)) return hot
  return { num, auctions: [...hot.auctions, auction].toSorted((a, b) => a - b) }
}

/** The peer of bench/kafka-streams/NexmarkQ5.java. */
export default function q5({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  app
    .stream(events<Bid>(input))
    .groupByKey()
    .windowedBy(hopping('10s', '2s', { grace: '10s' }))
    .count({ as: 'bids-in-window' })
    .toStream({ tombstones: false })
    .map((num, { key }) => ({ auction: Number(key), num }))
    .groupBy((_, { start }) => String(start))
    .aggregate(() => none, hotter, { as: 'hot-items' })
    .toStream()
    .to(events<Hot>(output))
  return app
}

import { json, pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Bid } from '../nexmark.js'

const top = 10

/** A list in the order of prices, of equal ones the earlier first; the list is the aggregate's own to change. */
function insert(list: Bid[], bid: Bid): Bid[] {
  if (list.length === top && list[top - 1]!.price >= bid.price) return list
  const at = list.findIndex(({ price }) => price < bid.price)
  list.splice(at < 0 ? list.length : at, 0, bid)
  if (list.length > top) list.pop()
  return list
}

/** The peer of bench/kafka-streams/NexmarkQ19.java. */
export default function q19({ application, input, output, options }: Job): Pipeline {
  const app = pipeline(application, { ...options, value: json() })
  app
    .stream(events<Bid>(input))
    .groupByKey()
    .aggregate((): Bid[] => [], insert, { as: 'top-bids' })
    .toStream()
    .to(events<Bid[]>(output))
  return app
}

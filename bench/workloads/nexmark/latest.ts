import { bids, type Bid } from './events.js'
import { query } from './query.js'
import { topics } from './topics.js'
import type { Workload } from '../../harness/workload.js'

/** The latest of each key, behind a repartition. */
export const q18: Workload = query(18, {
  title: 'last bid of each bidder for each auction',
  inputs: topics('bid'),
  fold: 'last',
  *expected(records) {
    const last = new Map<string, Bid>()
    for (const bid of bids(records)) last.set(`${bid.bidder}-${bid.auction}`, bid)
    for (const [key, bid] of last) yield [key, JSON.stringify(bid)]
  },
})

const top = 10

/** A list per key; of equal prices the earlier first. */
export const q19: Workload = query(19, {
  title: 'ten highest bids of each auction',
  inputs: topics('bid'),
  fold: 'last',
  *expected(records) {
    const lists = new Map<number, Bid[]>()
    for (const bid of bids(records)) {
      const list = lists.get(bid.auction) ?? []
      lists.set(bid.auction, list)
      if (list.length === top && list[top - 1]!.price >= bid.price) continue
      const at = list.findIndex(({ price }) => price < bid.price)
      list.splice(at < 0 ? list.length : at, 0, bid)
      list.length = Math.min(list.length, top)
    }
    for (const [auction, list] of lists) yield [String(auction), JSON.stringify(list)]
  },
})

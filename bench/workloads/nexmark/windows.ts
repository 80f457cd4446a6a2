import { bids, type Bid } from './events.js'
import { query } from './query.js'
import { topics } from './topics.js'
import type { Entry, Workload } from '../../harness/workload.js'

const size = 10_000
const step = 2000

/** Counts per auction in hopping windows, and the highest of each window. */
export const q5: Workload = query(5, {
  title: 'auctions with the most bids in 10 s, every 2 s',
  inputs: topics('bid'),
  fold: 'last',
  *expected(records) {
    const windows = new Map<number, Map<number, number>>()
    for (const { auction, dateTime } of bids(records)) {
      for (let start = dateTime - (dateTime % step); start > dateTime - size; start -= step) {
        const counts = windows.get(start) ?? new Map<number, number>()
        windows.set(start, counts.set(auction, (counts.get(auction) ?? 0) + 1))
      }
    }
    for (const [start, counts] of windows) {
      const num = [...counts.values()].reduce((most, count) => Math.max(most, count))
      const hot = [...counts].filter(([, count]) => count === num).map(([auction]) => auction)
      yield [String(start), JSON.stringify({ num, auctions: hot.toSorted((a, b) => a - b) })]
    }
  },
})

/** The highest per auction and window, and of those the highest per window; of equal ones the earliest. */
export const q7: Workload = query(7, {
  title: 'highest bid of every 10 s',
  inputs: topics('bid'),
  fold: 'last',
  *expected(records) {
    const highest = new Map<number, Bid>()
    for (const bid of bids(records)) {
      const start = bid.dateTime - (bid.dateTime % size)
      if (bid.price > (highest.get(start)?.price ?? -1)) highest.set(start, bid)
    }
    for (const [start, { auction, price, bidder, dateTime, extra }] of highest)
      yield [String(start), JSON.stringify({ auction, price, bidder, dateTime, extra })]
  },
})

/** Sessions behind a repartition, whose order the tasks before it decide: no bid is ever late. */
export const q11: Workload = query(11, {
  title: 'bids per bidder and session',
  inputs: topics('bid'),
  output: 'int64',
  fold: 'last',
  expected(records) {
    const open = new Map<number, { start: number; end: number; count: number }>()
    const entries: Entry[] = []
    const close = (bidder: number): void => {
      const { start, end, count } = open.get(bidder)!
      entries.push([`${bidder}@${start}-${end}`, String(count)])
    }
    for (const { bidder, dateTime } of bids(records)) {
      const session = open.get(bidder)
      if (session !== undefined && dateTime - session.end <= size) {
        session.end = dateTime
        session.count++
        continue
      }
      if (session !== undefined) close(bidder)
      open.set(bidder, { start: dateTime, end: dateTime, count: 1 })
    }
    for (const bidder of open.keys()) close(bidder)
    return entries
  },
})

/** Windows of the wall clock: what they count together must be right. */
export const q12: Workload = query(12, {
  title: 'bids per bidder in every 10 s of the wall clock',
  inputs: topics('bid'),
  output: 'int64',
  fold: 'sum',
  expected(records) {
    const counts = new Map<number, number>()
    for (const { bidder } of bids(records)) counts.set(bidder, (counts.get(bidder) ?? 0) + 1)
    return Array.from(counts, ([bidder, count]) => [String(bidder), String(count)] as const)
  },
})

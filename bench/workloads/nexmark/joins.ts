import { auctions, bids, persons, type Auction } from './events.js'
import { query } from './query.js'
import { countOf, topics } from './topics.js'
import type { Workload } from '../../harness/workload.js'

const local = new Set(['OR', 'ID', 'CA'])

/** A foreign-key join of two tables. */
export const q3: Workload = query(3, {
  title: 'who sells in three states, a foreign-key join',
  inputs: topics('auction', 'person'),
  fold: 'last',
  *expected(records) {
    const sellers = new Map<number, { name: string; city: string; state: string }>()
    for (const { id, name, city, state } of persons(countOf('person', ['auction', 'person'], records)))
      if (local.has(state)) sellers.set(id, { name, city, state })
    for (const { id, category, seller } of auctions(countOf('auction', ['auction', 'person'], records))) {
      const who = sellers.get(seller)
      if (category === 10 && who !== undefined) yield [String(id), JSON.stringify({ ...who, id })]
    }
  },
})

const windowSize = 10_000

/** A stream-stream join behind a repartition; the same person and window may be found by many auctions. */
export const q8: Workload = query(8, {
  title: 'new users who sell within 10 s',
  inputs: topics('person', 'auction'),
  fold: 'last',
  *expected(records) {
    const windowOf = (time: number): number => time - (time % windowSize)
    const sold = new Set<string>()
    for (const { seller, dateTime } of auctions(countOf('auction', ['person', 'auction'], records)))
      sold.add(`${seller}@${windowOf(dateTime)}`)
    for (const { id, name, dateTime } of persons(countOf('person', ['person', 'auction'], records))) {
      const key = `${id}@${windowOf(dateTime)}`
      if (sold.has(key)) yield [key, JSON.stringify({ id, name, starttime: windowOf(dateTime) })]
    }
  },
})

/**
 * A join of the bids with the table of auctions. As bids come in the order of time, one that is made before its auction
 * meets none; in SQL it would wait for it.
 */
export const q20: Workload = query(20, {
  title: 'bids with their auctions of one category',
  inputs: topics('bid', 'auction'),
  fold: 'all',
  *expected(records) {
    const known = new Map<number, Auction>()
    for (const one of auctions(countOf('auction', ['bid', 'auction'], records)))
      if (one.category === 10) known.set(one.id, one)
    for (const { auction, bidder, price, channel, url, dateTime, extra } of bids(
      countOf('bid', ['bid', 'auction'], records),
    )) {
      const found = known.get(auction)
      if (found === undefined || found.dateTime > dateTime) continue
      const { itemName, description, initialBid, reserve, expires, seller, category } = found
      const bid = { auction, bidder, price, channel, url, bidDateTime: dateTime, bidExtra: extra }
      const item = { itemName, description, initialBid, reserve, auctionDateTime: found.dateTime, expires }
      const rest = { seller, category, auctionExtra: found.extra }
      yield [String(auction), JSON.stringify({ ...bid, ...item, ...rest })]
    }
  },
})

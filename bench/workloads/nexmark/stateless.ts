import { bids } from './events.js'
import { query } from './query.js'
import { topics } from './topics.js'
import type { Workload } from '../../harness/workload.js'

export const q0: Workload = query(0, {
  title: 'bids as they are',
  inputs: topics('bid'),
  fold: 'all',
  *expected(records) {
    for (const { auction, bidder, price, dateTime, extra } of bids(records))
      yield [String(auction), JSON.stringify({ auction, bidder, price, dateTime, extra })]
  },
})

/** Thousandths of a euro are whole numbers, which every language writes alike. */
export const q1: Workload = query(1, {
  title: 'prices in another currency',
  inputs: topics('bid'),
  fold: 'all',
  *expected(records) {
    for (const { auction, bidder, price, dateTime, extra } of bids(records))
      yield [String(auction), JSON.stringify({ auction, bidder, price: price * 908, dateTime, extra })]
  },
})

export const q2: Workload = query(2, {
  title: 'bids of every 123rd auction',
  inputs: topics('bid'),
  fold: 'all',
  *expected(records) {
    for (const { auction, price } of bids(records))
      if (auction % 123 === 0) yield [String(auction), JSON.stringify({ auction, price })]
  },
})

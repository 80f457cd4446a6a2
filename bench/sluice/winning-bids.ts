import type { Pipeline, Table } from 'sluice'
import { events, type Auction, type Bid } from './nexmark.js'

export interface Winner {
  readonly price: number
  readonly dateTime: number
  readonly category: number
  readonly seller: number
  readonly open: boolean
}

/** The highest bid of each auction while it was open. */
export function winningBids(app: Pipeline, inputs: readonly string[]): Table<string, Winner> {
  const auctions = app.table(events<Auction>(inputs[1]!), { as: 'auctions' })
  return app
    .stream(events<Bid>(inputs[0]!))
    .join(auctions, ({ price, dateTime }, auction): Winner => ({
      price,
      dateTime,
      category: auction.category,
      seller: auction.seller,
      open: dateTime >= auction.dateTime && dateTime <= auction.expires,
    }))
    .filter(({ open }) => open)
    .groupByKey()
    .reduce((best, next) => (next.price > best.price ? next : best), { as: 'winning-bids' })
}

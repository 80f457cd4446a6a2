import { pipeline, type Pipeline } from 'sluice'
import type { Job } from '../launch.js'
import { events, type Auction, type Bid } from '../nexmark.js'

/** The peer of bench/kafka-streams/NexmarkQ20.java. */
export default function q20({ application, inputs, output, options }: Job): Pipeline {
  const app = pipeline(application, options)
  const auctions = app.table(events<Auction>(inputs[1]!), { as: 'auctions' }).filter(({ category }) => category === 10)
  app.stream(events<Bid>(inputs[0]!)).join(auctions, expanded).to(events(output))
  return app
}

function expanded(bid: Bid, item: Auction): object {
  const { auction, bidder, price, channel, url } = bid
  const { itemName, description, initialBid, reserve, expires, seller, category } = item
  return {
    auction,
    bidder,
    price,
    channel,
    url,
    bidDateTime: bid.dateTime,
    bidExtra: bid.extra,
    itemName,
    description,
    initialBid,
    reserve,
    auctionDateTime: item.dateTime,
    expires,
    seller,
    category,
    auctionExtra: item.extra,
  }
}

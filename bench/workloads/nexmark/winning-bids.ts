import { auctions, bids, type Auction } from './events.js'
import { query } from './query.js'
import { countOf, topics } from './topics.js'
import type { Entry, Workload } from '../../harness/workload.js'

/** The highest bid of an auction while it is open, the earliest of equal ones. */
interface Winner {
  readonly auction: Auction
  price: number
  dateTime: number
}

function winners(records: number): Winner[] {
  const open = new Map<number, Winner>()
  for (const auction of auctions(countOf('auction', ['bid', 'auction'], records)))
    open.set(auction.id, { auction, price: -1, dateTime: 0 })
  for (const { auction, price, dateTime } of bids(countOf('bid', ['bid', 'auction'], records))) {
    const found = open.get(auction)
    if (found === undefined || dateTime < found.auction.dateTime || dateTime > found.auction.expires) continue
    if (price > found.price) Object.assign(found, { price, dateTime })
  }
  return [...open.values()].filter(({ price }) => price >= 0)
}

function average(prices: readonly number[]): string {
  return String(Math.floor(prices.reduce((sum, price) => sum + price, 0) / prices.length))
}

function grouped(all: readonly Winner[], by: (auction: Auction) => number): Map<number, Winner[]> {
  const groups = new Map<number, Winner[]>()
  for (const one of all) {
    const key = by(one.auction)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

function* averages(groups: ReadonlyMap<number, readonly Winner[]>): Generator<Entry> {
  for (const [key, group] of groups) yield [String(key), average(group.map(({ price }) => price))]
}

/** A stream-table join, the highest per auction, and the average of those per category: a table by another key. */
export const q4: Workload = query(4, {
  title: 'average winning bid per category',
  inputs: topics('bid', 'auction'),
  fold: 'last',
  expected: records => averages(grouped(winners(records), ({ category }) => category)),
})

const kept = 10

/** The same winning bids, and the average of the last ten of each seller, by the time of the bid. */
export const q6: Workload = query(6, {
  title: 'average of the last ten winning bids per seller',
  inputs: topics('bid', 'auction'),
  fold: 'last',
  *expected(records) {
    const groups = grouped(winners(records), ({ seller }) => seller)
    const latest = (group: readonly Winner[]): Winner[] =>
      group.toSorted((a, b) => b.dateTime - a.dateTime).slice(0, kept)
    yield* averages(new Map(Array.from(groups, ([seller, group]) => [seller, latest(group)] as const)))
  },
})

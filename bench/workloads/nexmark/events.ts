import { random } from '../../harness/random.js'
import type { Auction, Bid, Person as ReadPerson } from '../../sluice/nexmark.js'

// The rules of the Nexmark generator (github.com/nexmark/nexmark, nexmark-flink/…/generator), with its default settings but
// for the rate: one event a millisecond, so that no two have the same time and results do not depend on the order in which
// topics are read. An event is made from its number alone: a topic can be written without making the others.

export type { Auction, Bid }

/** As it is written: with more than the queries read. */
export interface Person extends ReadPerson {
  readonly emailAddress: string
  readonly creditCard: string
  readonly extra: string
}

/** Of 50 events the first is a person, the next three are auctions, the others bids. */
export const shares = { person: 1, auction: 3, bid: 46 } as const
const total = shares.person + shares.auction + shares.bid

const baseTime = Date.UTC(2015, 6, 15)
const firstId = 1000
const firstCategory = 10
const categories = 5
/** How far ahead of what exists ids may be, so that some events come before what they speak of. */
const lead = 10
/** Most of them go to the newest of so many. */
const hotBatch = 100
const hotAuctionRatio = 2
const hotSellerRatio = 4
const hotBidderRatio = 4
const inFlightAuctions = 100
const activePeople = 1000
const averageBytes = { person: 200, auction: 500, bid: 100 } as const

const firstNames = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',')
const lastNames = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',')
const cities = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',')
const states = 'AZ,CA,ID,OR,WA,WY'.split(',')
const hotChannels = ['Google', 'Facebook', 'Baidu', 'Apple']

/** Draws for one event. */
class Draw {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = random(seed)
  }

  below(n: number): number {
    return Math.floor(this.#next() * n)
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  price(): number {
    return Math.round(10 ** (this.#next() * 6) * 100)
  }

  /** From 3 letters on, fewer than `most`. */
  text(most: number, special = ' '): string {
    let text = ''
    for (let length = 3 + this.below(most - 3); length > 0; length--) {
      text += this.below(13) === 0 ? special : String.fromCharCode(97 + this.below(26))
    }
    return text.trim()
  }

  /** As much as brings an event to its average size, give or take a fifth. */
  extra(size: number, average: number): string {
    if (size > average) return ''
    const missing = average - size
    const delta = Math.round(missing * 0.2)
    const length = missing - delta + (delta === 0 ? 0 : this.below(2 * delta))
    const from = this.below(filler.length - length)
    return filler.slice(from, from + length)
  }
}

const filler = letters(1 << 16)
const hotUrls = hotChannels.map((_, i) => url(new Draw(i)))
const channels = Array.from({ length: 10_000 }, (_, i) => channel(i))

function letters(length: number): string {
  const draw = random(99)
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(draw() * 26))).join('')
}

function url(draw: Draw): string {
  const part = (): string => draw.text(5, '_')
  return `https://www.nexmark.com/${part()}/${part()}/${part()}/item.htm?query=1`
}

function channel(i: number): readonly [name: string, url: string] {
  const draw = new Draw(1000 + i)
  const base = url(draw)
  return [`channel-${i}`, draw.below(10) > 0 ? `${base}&channel_id=${Math.abs(reversedBits(i))}` : base]
}

/** Java's `Integer.reverse`. */
function reversedBits(value: number): number {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) reversed |= ((value >>> bit) & 1) << (31 - bit)
  return reversed
}

function timeOf(event: number): number {
  return baseTime + event
}

/** The newest person, counted from 0, when an event is made. */
function lastPerson(event: number): number {
  return Math.floor(event / total) * shares.person + Math.min(event % total, shares.person - 1)
}

function lastAuction(event: number): number {
  const offset = event % total
  const epoch = Math.floor(event / total) - (offset < shares.person ? 1 : 0)
  const isAuction = offset >= shares.person && offset < shares.person + shares.auction
  return epoch * shares.auction + (isAuction ? offset - shares.person : shares.auction - 1)
}

function somePerson(event: number, draw: Draw): number {
  const people = lastPerson(event) + 1
  const active = Math.min(people, activePeople)
  return people - active + draw.below(active + lead)
}

function someAuction(event: number, draw: Draw): number {
  const newest = lastAuction(event)
  const oldest = Math.max(newest - inFlightAuctions, 0)
  return oldest + draw.below(newest - oldest + 1 + lead)
}

function hot(newest: number): number {
  return Math.floor(newest / hotBatch) * hotBatch
}

function person(event: number, draw: Draw): Person {
  const name = `${draw.of(firstNames)} ${draw.of(lastNames)}`
  const emailAddress = `${draw.text(7)}@${draw.text(5)}.com`
  const creditCard = Array.from({ length: 4 }, () => String(draw.below(10_000)).padStart(4, '0')).join(' ')
  const [city, state] = [draw.of(cities), draw.of(states)]
  const size = 8 + name.length + emailAddress.length + creditCard.length + city.length + state.length
  return {
    id: lastPerson(event) + firstId,
    name,
    emailAddress,
    creditCard,
    city,
    state,
    dateTime: timeOf(event),
    extra: draw.extra(size, averageBytes.person),
  }
}

function auction(event: number, draw: Draw): Auction {
  const seller = draw.below(hotSellerRatio) > 0 ? hot(lastPerson(event)) : somePerson(event, draw)
  const category = firstCategory + draw.below(categories)
  const initialBid = draw.price()
  // On average as long as it takes until so many further auctions are there.
  const horizon = Math.floor((inFlightAuctions * total) / shares.auction)
  const expires = timeOf(event) + 1 + draw.below(Math.max(horizon * 2, 1))
  const [itemName, description] = [draw.text(20), draw.text(100)]
  const reserve = initialBid + draw.price()
  return {
    id: lastAuction(event) + firstId,
    itemName,
    description,
    initialBid,
    reserve,
    dateTime: timeOf(event),
    expires,
    seller: seller + firstId,
    category,
    extra: draw.extra(48 + itemName.length + description.length, averageBytes.auction),
  }
}

function bid(event: number, draw: Draw): Bid {
  const auction = draw.below(hotAuctionRatio) > 0 ? hot(lastAuction(event)) : someAuction(event, draw)
  // The second of the batch, so that hot bidders and hot sellers do not collide.
  const bidder = draw.below(hotBidderRatio) > 0 ? hot(lastPerson(event)) + 1 : somePerson(event, draw)
  const price = draw.price()
  let [name, address] = ['', '']
  if (draw.below(2) > 0) {
    const i = draw.below(hotChannels.length)
    ;[name, address] = [hotChannels[i]!, hotUrls[i]!]
  } else {
    ;[name, address] = draw.of(channels)
  }
  return {
    auction: auction + firstId,
    // Twice, as in the original.
    bidder: bidder + 2 * firstId,
    price,
    channel: name,
    url: address,
    dateTime: timeOf(event),
    extra: draw.extra(32, averageBytes.bid),
  }
}

/** The first so many of one kind, made for the events between `from` and `to` of each fifty. */
function* some<T>(count: number, from: number, to: number, make: (event: number, draw: Draw) => T): Generator<T> {
  for (let n = 0, epoch = 0; n < count; epoch += total) {
    // Multiplied, so that neighbours do not have neighbouring seeds.
    for (let event = epoch + from; event < epoch + to && n < count; event++, n++) {
      yield make(event, new Draw(Math.imul(event + 1, 0x9e3779b1)))
    }
  }
}

export function persons(count: number): Generator<Person> {
  return some(count, 0, shares.person, person)
}

export function auctions(count: number): Generator<Auction> {
  return some(count, shares.person, shares.person + shares.auction, auction)
}

export function bids(count: number): Generator<Bid> {
  return some(count, shares.person + shares.auction, total, bid)
}

import { json, string, topic, type Topic } from 'sluice'

// What the queries read; the rules of the data are in bench/workloads/nexmark/events.ts.

export interface Person {
  readonly id: number
  readonly name: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
}

export interface Auction {
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

/** A topic with keys of text and values of JSON. */
export function events<T>(name: string): Topic<string, T> {
  return topic(name, { key: string, value: json<T>() })
}

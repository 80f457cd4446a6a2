import { auctions, bids, persons, shares } from './events.js'
import type { Dataset, InputRecord } from '../../harness/workload.js'

type Kind = keyof typeof shares

const rows: Record<Kind, (count: number) => Generator<InputRecord>> = {
  *person(count) {
    for (const one of persons(count)) yield record(one.id, one)
  },
  *auction(count) {
    for (const one of auctions(count)) yield record(one.id, one)
  },
  *bid(count) {
    for (const one of bids(count)) yield record(one.auction, one)
  },
}

/** The topics of some kinds of events, in this order: of a number of records, each kind has its share. */
export function topics(...kinds: readonly Kind[]): Dataset[] {
  return kinds.map(kind => ({
    name: `nexmark-${kind}`,
    partitions: 4,
    count: records => countOf(kind, kinds, records),
    records: rows[kind],
  }))
}

/** How many records of a kind there are among so many of some kinds. */
export function countOf(kind: Kind, kinds: readonly Kind[], records: number): number {
  const all = kinds.reduce((sum, one) => sum + shares[one], 0)
  return Math.floor((records * shares[kind]) / all)
}

/** Persons and auctions lie under their ids, bids under the auction's. */
function record(key: number, event: { readonly dateTime: number }): InputRecord {
  return { key: String(key), value: JSON.stringify(event), timestamp: event.dateTime }
}

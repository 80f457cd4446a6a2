import { generator } from '../shared/random.js'
import type { Flight } from './flights.js'

/** What is written to the topics, in order. The same flights give the same events, so that writing can be resumed. */
export type Event =
  | { readonly topic: 'imports'; readonly key: string; readonly value: Import; readonly timestamp: number }
  | { readonly topic: 'jobs'; readonly key: string; readonly value: Job; readonly timestamp: number }

interface Import {
  readonly origin: string
  readonly day: string
  readonly total: number
}

interface Job {
  readonly importId: string
  readonly status: 'started' | 'completed'
  readonly destination: string
  readonly distance: number
  readonly delay: number
}

/** How many flights later a job completes, at most. */
const spread = 500

/**
 * Before a day's first flight, the totals of its imports; then `started` for every flight in turn, and `completed` some
 * flights later, by a seeded generator: jobs overlap and end in another order than they began.
 */
export async function* events(flights: AsyncIterable<readonly Flight[]>, seed: number = 2001): AsyncGenerator<Event[]> {
  const random = generator(seed)
  const running: Event[][] = Array.from({ length: spread }, () => [])
  let turn = 0
  for await (const day of days(flights)) {
    const batch: Event[] = totals(day)
    for (const flight of day) {
      const key = `flight-${turn}`
      batch.push(job(key, flight, 'started'))
      running[(turn + 1 + Math.floor(random() * (spread - 1))) % spread]!.push(job(key, flight, 'completed'))
      turn++
      batch.push(...running[turn % spread]!.splice(0))
    }
    yield batch
  }
  yield Array.from({ length: spread }, (_, i) => running[(turn + i) % spread]!).flat()
}

/** The import that a flight belongs to. */
export function importId(flight: Flight): string {
  return `${flight.origin}-${dayOf(flight)}`
}

function job(key: string, flight: Flight, status: Job['status']): Event {
  const { destination, distance, delay } = flight
  // An airliner flies about 500 miles an hour.
  const timestamp = status === 'started' ? flight.date : flight.date + Math.round((distance / 500) * 3_600_000)
  return { topic: 'jobs', key, timestamp, value: { importId: importId(flight), status, destination, distance, delay } }
}

function totals(day: readonly Flight[]): Event[] {
  const counts = new Map<string, number>()
  for (const { origin } of day) counts.set(origin, (counts.get(origin) ?? 0) + 1)
  return Array.from(counts, ([origin, total]) => ({
    topic: 'imports',
    key: `${origin}-${dayOf(day[0]!)}`,
    value: { origin, day: dayOf(day[0]!), total },
    timestamp: day[0]!.date,
  }))
}

/** The flights again, day by day. They come in order of departure. */
async function* days(chunks: AsyncIterable<readonly Flight[]>): AsyncGenerator<readonly Flight[]> {
  let day: Flight[] = []
  for await (const chunk of chunks) {
    for (const flight of chunk) {
      if (day.length > 0 && dayOf(flight) !== dayOf(day[0]!)) {
        yield day
        day = []
      }
      day.push(flight)
    }
  }
  if (day.length > 0) yield day
}

const dayMs = 86_400_000
let lastDay = { number: -1, text: '' }

/** The date of departure, such as `2001-03-09`; flights come day by day, so the last answer is nearly always the next. */
function dayOf({ date }: Flight): string {
  const number = Math.floor(date / dayMs)
  if (number !== lastDay.number) lastDay = { number, text: new Date(date).toISOString().slice(0, 10) }
  return lastDay.text
}

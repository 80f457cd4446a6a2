import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { usual, type Dataset, type Workload } from '../harness/workload.js'

/** What the npm package `vega-datasets` has: US domestic flights of 2001 in order of departure. */
const allFlights = 3_000_000
const chunk = 100_000
const msPerMile = 3_600_000 / 500

interface ParquetFlight {
  readonly date: Date
  readonly delay: bigint
  readonly distance: bigint
  readonly origin: string
  readonly destination: string
}

interface Event {
  readonly importId: string
  readonly status: 'started' | 'completed'
  readonly destination: string
  readonly distance: number
  readonly delay: number
  readonly timestamp: number
}

/** A flight in three numbers and two texts that many share; as an object each, all would not fit. */
const known = {
  count: 0,
  date: new Float64Array(allFlights),
  delay: new Int16Array(allFlights),
  distance: new Int16Array(allFlights),
  origin: [] as string[],
  destination: [] as string[],
}

/** Reads as many flights as so many events need. Two events are made of each: it has started, it has completed. */
async function load(events: number): Promise<void> {
  const wanted = Math.ceil(events / 2)
  if (wanted > allFlights) {
    throw new Error(`flights has ${2 * allFlights} events: --records and --warm-up may be no more together`)
  }
  if (wanted <= known.count) return
  const directory = dirname(createRequire(import.meta.url).resolve('vega-datasets'))
  const file = await asyncBufferFromFile(join(directory, '../data/flights-3m.parquet'))
  const texts = new Map<string, string>()
  const shared = (text: string): string => texts.get(text) ?? (texts.set(text, text), text)
  while (known.count < wanted) {
    const [rowStart, rowEnd] = [known.count, Math.min(known.count + chunk, allFlights)]
    const rows = (await parquetReadObjects({
      file,
      compressors,
      rowStart,
      rowEnd,
    })) as unknown as readonly ParquetFlight[]
    for (const { date, delay, distance, origin, destination } of rows) {
      const at = known.count++
      known.date[at] = date.getTime()
      known.delay[at] = Number(delay)
      known.distance[at] = Number(distance)
      known.origin.push(shared(origin))
      known.destination.push(shared(destination))
    }
  }
}

function* events(count: number): Generator<Event> {
  for (let i = 0; i < count; i++) {
    const at = i >> 1
    const [departure, distance] = [known.date[at]!, known.distance[at]!]
    const day = new Date(departure).toISOString().slice(0, 10)
    const status = i % 2 === 0 ? 'started' : 'completed'
    const timestamp = status === 'started' ? departure : departure + Math.round(distance * msPerMile)
    const [origin, destination, delay] = [known.origin[at]!, known.destination[at]!, known.delay[at]!]
    yield { importId: `${origin}-${day}`, status, destination, distance, delay, timestamp }
  }
}

const flightEvents: Dataset = {
  name: 'flights',
  partitions: usual.partitions,
  count: records => records,
  *records(count) {
    for (const { timestamp, ...job } of events(count)) {
      yield { key: job.importId, value: JSON.stringify(job), timestamp }
    }
  },
}

/** The flights as jobs, those of an airport and a day as an import: how many of each import are completed. */
export const flights: Workload = {
  ...usual,
  name: 'flights',
  title: 'count of completed flights per airport and day, the flights of vega-datasets',
  inputs: [flightEvents],
  output: 'int64',
  fold: 'last',
  program: 'count',
  kafkaStreams: 'CountPerKey',
  prepare: load,
  expected(records) {
    const counts = new Map<string, number>()
    for (const { importId, status } of events(records)) {
      if (status === 'completed') counts.set(importId, (counts.get(importId) ?? 0) + 1)
    }
    return Array.from(counts, ([key, n]) => [key, String(n)] as const)
  },
}

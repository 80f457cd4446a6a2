import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A flight of the npm package `vega-datasets` (US domestic, 2001). */
export interface Flight {
  /** Departure, milliseconds since the epoch. */
  readonly date: number
  /** Minutes. */
  readonly delay: number
  /** Miles. */
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

/** How many flights are read, and from where; the large file's first 200,000 make the middle size. */
const datasets = {
  '2k': { file: 'flights-2k.json', count: 2_000 },
  '20k': { file: 'flights-20k.json', count: 20_000 },
  '200k': { file: 'flights-3m.parquet', count: 200_000 },
  '3m': { file: 'flights-3m.parquet', count: 3_000_000 },
} as const

export type Dataset = keyof typeof datasets
export const datasetNames: readonly string[] = Object.keys(datasets)
export const isDataset = (name: string): name is Dataset => name in datasets

/** The flights by time of departure, in chunks: the large file does not fit in memory as objects. */
export async function* flights(dataset: Dataset): AsyncGenerator<readonly Flight[]> {
  const { file, count } = datasets[dataset]
  const path = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data', file)
  yield* file.endsWith('.json') ? fromJson(path) : fromParquet(path, count)
}

interface JsonFlight extends Omit<Flight, 'date'> {
  /** `2001/01/01 00:47` */
  readonly date: string
}

async function* fromJson(path: string): AsyncGenerator<readonly Flight[]> {
  const rows = JSON.parse(await readFile(path, 'utf8')) as JsonFlight[]
  yield rows.map(row => ({ ...row, date: Date.parse(`${row.date.replaceAll('/', '-').replace(' ', 'T')}Z`) }))
}

interface ParquetFlight {
  readonly date: Date
  readonly delay: bigint
  readonly distance: bigint
  readonly origin: string
  readonly destination: string
}

async function* fromParquet(path: string, count: number): AsyncGenerator<readonly Flight[]> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = Math.min(rowStart + Number(group.num_rows), count)
    if (rowStart >= rowEnd) return
    const rows = (await parquetReadObjects({
      file,
      metadata,
      compressors,
      rowStart,
      rowEnd,
    })) as unknown as ParquetFlight[]
    yield rows.map(row => ({
      ...row,
      date: row.date.getTime(),
      delay: Number(row.delay),
      distance: Number(row.distance),
    }))
    rowStart = rowEnd
  }
}

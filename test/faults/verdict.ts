import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readRecords, type Log } from 'sluice'
import tracker, { completed, finished } from '../../examples/1-count-completed-jobs/pipeline.js'

/** How many flights left an airport on a day: straight from the file, without any of the example's code. */
export async function flightsPerImport(): Promise<Map<string, number>> {
  const path = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-20k.json')
  const rows = JSON.parse(await readFile(path, 'utf8')) as { date: string; origin: string }[]
  const totals = new Map<string, number>()
  for (const { date, origin } of rows) {
    const id = `${origin}-${date.slice(0, 10).replaceAll('/', '-')}`
    totals.set(id, (totals.get(id) ?? 0) + 1)
  }
  return totals
}

/** What a reader finds: the imports that were finished, in the order of their partitions, repetitions included. */
export async function finishedImports(log: Log): Promise<string[]> {
  const found: string[] = []
  for await (const { key, value } of readRecords(log, finished)) found.push(`${key} ${value!.done}/${value!.total}`)
  return found.toSorted()
}

export function expectedImports(totals: ReadonlyMap<string, number>): string[] {
  return Array.from(totals, ([id, total]) => `${id} ${total}/${total}`).toSorted()
}

/** What the store holds after a further start on the same state. */
export async function storedCounts(log: Log, stateDir: string): Promise<Map<string, number>> {
  const app = await tracker.start({ log, stateDir })
  try {
    await app.drained()
    const found = new Map<string, number>()
    for await (const [id, count] of app.query(completed).all()) found.set(id, count)
    return found
  } finally {
    await app.close()
  }
}

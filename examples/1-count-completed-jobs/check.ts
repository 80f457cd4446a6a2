import { readRecords, SluiceError, type Log, type Running } from 'sluice'
import { importId } from './events.js'
import { flights, type Dataset } from './flights.js'
import { completed, finished } from './pipeline.js'

/** How many flights each import has, by a plain loop over the file: what the pipeline has to arrive at. */
export async function plainLoop(dataset: Dataset): Promise<Map<string, number>> {
  const totals = new Map<string, number>()
  for await (const chunk of flights(dataset)) {
    for (const flight of chunk) {
      const id = importId(flight)
      totals.set(id, (totals.get(id) ?? 0) + 1)
    }
  }
  return totals
}

/** What is wrong with the topic of finished imports; nothing, if all is well. */
export async function checkFinished(log: Log, totals: ReadonlyMap<string, number>): Promise<string[]> {
  const wrong: string[] = []
  const seen = new Set<string>()
  for await (const { key, value } of readRecords(log, finished)) {
    const total = totals.get(String(key))
    if (key === null || total === undefined) wrong.push(`${key} was finished, but is no import`)
    else if (seen.has(key)) wrong.push(`${key} was finished twice`)
    else if (value?.done !== total || value.total !== total) {
      wrong.push(`${key} was finished with ${JSON.stringify(value)}; it has ${total} jobs`)
    }
    seen.add(String(key))
  }
  for (const id of totals.keys()) if (!seen.has(id)) wrong.push(`${id} was not finished`)
  return wrong
}

/** What is wrong with the store, as far as it lies in this process; `elsewhere` counts the keys that another one has. */
export async function checkStore(
  app: Running,
  totals: ReadonlyMap<string, number>,
): Promise<{ wrong: string[]; elsewhere: number }> {
  const wrong: string[] = []
  let elsewhere = 0
  const counts = app.query(completed)
  for (const [id, total] of totals) {
    try {
      const count = await counts.get(id)
      if (count !== total) wrong.push(`the store has ${count} for ${id}; it has ${total} jobs`)
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'NOT_RUNNING') throw error
      elsewhere++
    }
  }
  for await (const [id] of counts.all()) if (!totals.has(id)) wrong.push(`the store has ${id}, which is no import`)
  return { wrong, elsewhere }
}

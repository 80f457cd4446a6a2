import { bytes, readRecords, string, topic, type Log } from 'sluice'
import { eventsOf, type Event } from './events.js'
import { namesOf } from './pipeline.js'

export interface Verdict {
  readonly results: number
  readonly dead: number
  /** The first few things that are wrong, and how many there are. */
  readonly wrong: readonly string[]
}

/** Holds what came out against the records of each key: each once, the results of a key in their order. */
export async function judge(log: Log, app: string, counts: ReadonlyMap<string, number>): Promise<Verdict> {
  const names = namesOf(app)
  const wrong: string[] = []
  const latest = new Map<string, number>()
  const seen = new Map<string, number>()
  const count = (key: string): void => void seen.set(key, (seen.get(key) ?? 0) + 1)
  let [results, dead] = [0, 0]
  for await (const { key, value } of readRecords(log, eventsOf(names.results))) {
    const before = latest.get(key!) ?? -1
    if (value!.i <= before) wrong.push(`${key}: ${value!.i} behind ${before}`)
    latest.set(key!, value!.i)
    count(key!)
    results++
  }
  for await (const { key, value } of readRecords(log, topic(names.dead, { key: string, value: bytes }))) {
    const event = JSON.parse(Buffer.from(value!).toString()) as Event
    if (event.poison !== true) wrong.push(`${key}: ${event.i} is a dead letter`)
    count(key!)
    dead++
  }
  // Results of a key go up strictly, so as many as there are records is each once.
  for (const [key, expected] of counts) {
    if (seen.get(key) !== expected) wrong.push(`${key}: ${seen.get(key) ?? 0} of ${expected}`)
  }
  return { results, dead, wrong: wrong.length > 20 ? [...wrong.slice(0, 20), `and ${wrong.length - 20} more`] : wrong }
}

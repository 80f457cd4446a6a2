import { readRecords, type Log, type Tick } from 'sluice'
import { topicsOf, type Reminder } from './pipeline.js'

/** What came out, in the order of each partition. */
export async function deliveredBy(log: Log, app: string): Promise<Map<number, Reminder[]>> {
  const found = new Map<number, Reminder[]>()
  for await (const { partition, value } of readRecords(log, topicsOf(app).delivered)) {
    const list = found.get(partition)
    if (list === undefined) found.set(partition, [value!])
    else list.push(value!)
  }
  return found
}

export async function ticksOf(log: Log, app: string): Promise<Tick[]> {
  const found: Tick[] = []
  for await (const { value } of readRecords(log, topicsOf(app).ticked)) found.push(value!)
  return found
}

/** Deliveries that came before others that were due at the same time and had come before them. */
export function wrongOrder(found: ReadonlyMap<number, readonly Reminder[]>): string[] {
  const wrong: string[] = []
  for (const [partition, list] of found) {
    const latest = new Map<number, number>()
    for (const { at, n } of list) {
      const before = latest.get(at) ?? -1
      if (before > n) wrong.push(`${n} behind ${before} in ${partition}`)
      latest.set(at, n)
    }
  }
  return wrong
}

/** What is wrong with ticks that should be one each second. */
export function wrongTicks(found: readonly Tick[]): string[] {
  return found.flatMap(({ scheduled, previous }, i) => {
    const before = found[i - 1]
    if (previous !== (before?.scheduled ?? null)) return [`tick ${i} follows ${previous}`]
    return before !== undefined && scheduled !== before.scheduled + 1_000 ? [`tick ${i} is not a second later`] : []
  })
}

import { readRecords, type Log, type Tick } from 'sluice'
import { delivered, ticked, type Reminder } from './pipeline.js'

/** What came out, in the order of each partition. */
export async function deliveredBy(log: Log): Promise<Map<number, Reminder[]>> {
  const found = new Map<number, Reminder[]>()
  for await (const { partition, value } of readRecords(log, delivered)) {
    const list = found.get(partition) ?? []
    found.set(partition, [...list, value!])
  }
  return found
}

export async function ticksOf(log: Log): Promise<Tick[]> {
  const found: Tick[] = []
  for await (const { value } of readRecords(log, ticked)) found.push(value!)
  return found
}

/** What is wrong with deliveries that should be all of these, once each, and in the order they came where they were due at one time. */
export function wrongDeliveries(found: ReadonlyMap<number, readonly Reminder[]>, count: number): string[] {
  const wrong: string[] = []
  const times = new Map<number, number>()
  for (const [partition, list] of found) {
    const latest = new Map<number, number>()
    for (const { at, n } of list) {
      times.set(n, (times.get(n) ?? 0) + 1)
      if ((latest.get(at) ?? -1) > n) wrong.push(`${n} behind ${latest.get(at)} in ${partition}`)
      latest.set(at, n)
    }
  }
  for (let n = 0; n < count; n++) if (times.get(n) !== 1) wrong.push(`${n} came ${times.get(n) ?? 0} times`)
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

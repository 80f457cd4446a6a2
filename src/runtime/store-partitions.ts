import { SluiceError, counted } from '../errors.js'
import type { StateBatch, StateDb } from '../store/state-db.js'
import { partitionCount, type CutTopology } from '../topology/cut.js'
import { isPattern } from '../topology/topics.js'

/**
 * A log that keeps the state itself has no changelogs, whose partitions would tell where the keys of a store lie: it keeps
 * the number for each store instead.
 *
 * @throws SluiceError TOPIC_MISMATCH for a store that has state in another number of partitions; nothing was written then
 */
export async function keepStorePartitions(
  state: StateDb,
  { spec, subs }: CutTopology,
  sizes: ReadonlyMap<string, number>,
): Promise<void> {
  const { application } = spec
  const batch = state.batch()
  for (const sub of subs) {
    // What a pattern finds may have more partitions than what it had found; the keys of that stay where they are.
    if (sub.sources.some(({ topics }) => isPattern(topics))) continue
    const needed = partitionCount(sub, application, sizes)
    for (const { name } of sub.stores) {
      const found = storePartitions(state, application, name)
      if (found === undefined) batch.put(numbers(application), Buffer.from(name), Buffer.from(String(needed)))
      else if (found !== needed) throw otherNumber(application, name, found, needed)
    }
  }
  if (batch.length > 0) await state.write(batch)
}

/** In how many partitions a store has its state; `undefined` where nobody has said. */
export function storePartitions(state: StateDb, application: string, store: string): number | undefined {
  const found = state.store(numbers(application)).get(Buffer.from(store))
  return found === undefined ? undefined : Number(Buffer.from(found).toString())
}

export function forgetStorePartitions(batch: StateBatch, application: string, store: string): void {
  batch.delete(numbers(application), Buffer.from(store))
}

function numbers(application: string): string {
  return `${application}/~partitions`
}

function otherNumber(application: string, store: string, found: number, needed: number): SluiceError {
  return new SluiceError(
    'TOPIC_MISMATCH',
    `the store "${store}" has its state in ${counted(found, 'partition')}, and the pipeline now needs ${needed}`,
    {
      place: { store },
      hint:
        `its keys lie where ${counted(found, 'partition')} put them: go back to the former number (of the source topics, or of ` +
        `{ shards } or { partitions }); or let "${application}" begin anew: stop it, then sluice reset <module>`,
    },
  )
}

import { SluiceError } from '../errors.js'
import type { Log, Position } from '../log/log.js'
import type { TopicPartition } from '../record.js'
import type { ManagedStore } from '../store/key-value.js'
import { MemoryStateDb } from '../store/memory-db.js'
import { behindEntries } from '../store/remembered-number.js'
import type { StateStore } from '../store/state-db.js'
import type { SubTopology } from '../topology/cut.js'
import { changelogTopic } from '../topology/topics.js'
import type { StoreSpec, TopologySpec } from '../topology/spec.js'
import { stateName } from './open-state.js'
import type { Plan } from './plan.js'
import { metadataAt } from './position-metadata.js'
import { restore, usualPace } from './restore.js'

/** A store in which records of a task waited, and which the pipeline has no more. */
export interface LeftStore {
  readonly name: string
  readonly partition: number
}

/** The stores of a task in which records wait: their names are committed with its positions, for versions to come. */
export function waitingStores({ stores }: SubTopology): readonly string[] {
  return stores.filter(holdsRecords).map(({ name }) => name)
}

function holdsRecords(store: StoreSpec): boolean {
  return store.kind === 'pending' || (store.kind === 'time-ordered' && store.records === true)
}

/** @param committed positions of the application */
export function leftStores(
  { stores }: TopologySpec,
  partitions: readonly TopicPartition[],
  committed: ReadonlyMap<string, Position>,
): readonly LeftStore[] {
  const present = new Set(stores.map(({ name }) => name))
  const left = partitions.flatMap(place => {
    const names = metadataAt(committed, place).waiting
    return names.filter(name => !present.has(name)).map(name => ({ name, partition: place.partition }))
  })
  return [...new Map(left.map(store => [`${store.name}/${store.partition}`, store])).values()]
}

/**
 * As `refuseLeft`, of topics that the pipeline reads no more. Those that it reads are looked at when their tasks begin,
 * which have to read the positions anyway.
 *
 * @throws SluiceError BAD_TOPOLOGY
 */
export async function refuseLeftElsewhere(log: Log, plan: Plan): Promise<void> {
  const { application } = plan.spec
  const others = (await log.allCommitted(application)).filter(({ topic }) => !plan.topics.includes(topic))
  if (others.length === 0) return
  // What a dead owner was committing there is waited for; the positions of topics that are read may be on their way for ever.
  const committed = await log.committed(application, others)
  await refuseLeft(log, plan.spec, leftStores(plan.spec, others, committed), new AbortController().signal)
}

/** @throws SluiceError BAD_TOPOLOGY where records wait that no operator would ever tell */
export async function refuseLeft(
  log: Log,
  { application }: TopologySpec,
  left: readonly LeftStore[],
  signal: AbortSignal,
): Promise<void> {
  for (const store of left) {
    const count = await countOf(log, application, store, signal)
    if (count > 0) throw stillWaiting(application, store.name, count)
  }
}

/** How many entries there are in a store that nobody has opened. */
async function countOf(
  log: Log,
  application: string,
  { name, partition }: LeftStore,
  signal: AbortSignal,
): Promise<number> {
  const store =
    log.state?.store(stateName(application, name, partition)) ??
    (await keysIn(log, { topic: changelogTopic(application, name), partition }, signal))
  let count = 0
  for await (const _ of store.entries({ lt: behindEntries })) count++
  return count
}

/** The keys that a changelog leaves in a store; none where the topic is gone. */
async function keysIn(log: Log, { topic, partition }: TopicPartition, signal: AbortSignal): Promise<StateStore> {
  const db = new MemoryStateDb()
  const infos = await log.topics.describe([topic], { config: true })
  if (partition >= (infos[0]?.partitions ?? 0)) return db.store(topic)
  const place = { topic, partition }
  const starts = await log.startOffsets([place])
  // A dead owner's transaction may still be on its way to the end: it is waited for.
  const ends = await log.endOffsets([place], 'read_uncommitted')
  const changelog = { ...place, store: keysOnly(topic), until: undefined }
  const byName = new Map(infos.map(info => [info.name, info]))
  const restoring = { log, changelogs: [changelog], infos: byName, starts, ends, tell: () => {}, now: Date.now, signal }
  await restore({ ...restoring, pace: usualPace }, db)
  return db.store(topic)
}

/** Takes a changelog in without its values: what waits may be large. */
function keysOnly(name: string): ManagedStore {
  return {
    name,
    uncommittedBytes: 0,
    flush() {},
    drain() {},
    committed() {},
    discard() {},
    restore({ buffer, keyStart, keyEnd, valueEnd }, batch) {
      if (valueEnd < 0) batch.deleteSlice(name, buffer, keyStart, keyEnd)
      else batch.putSlices(name, buffer, keyStart, keyEnd, buffer, keyEnd, keyEnd)
    },
  }
}

function stillWaiting(application: string, store: string, count: number): SluiceError {
  const records = count === 1 ? '1 record waits' : `${count} records wait`
  return new SluiceError('BAD_TOPOLOGY', `${records} for "${store}", an operator that the pipeline has no more`, {
    place: { store },
    hint:
      `bring it back under that name until none waits, or give it to its successor ({ as: "${store}" }); ` +
      `or let "${application}" begin anew, without them: sluice reset <module>`,
  })
}

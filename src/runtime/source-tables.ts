import type { Position, TopicInfo } from '../log/log.js'
import type { TaskSpec } from '../topology/cut.js'
import type { ManagedStore } from '../store/key-value.js'
import { MemoryStateDb } from '../store/memory-db.js'
import { SplitStateDb } from '../store/split-db.js'
import type { StateDb } from '../store/state-db.js'
import { positionsStore, type Changelog } from './changelog.js'
import { givenUp } from './given-up.js'
import { changelogsOf, stateName, type StateParts } from './open-state.js'
import type { RestoreProgress } from './options.js'
import { restore, usualPace } from './restore.js'

/**
 * On a log with state of its own: makes the tables of a task anew whose rows are not those of the topic that they read. That was
 * deleted and made again, or another one had the table's name, or the table is new and the position is not. Elsewhere such a
 * topic is the table's changelog, and the same comes of a restore.
 *
 * @throws SluiceError CORRUPT; NOT_RUNNING where the signal gave it up: the next one begins again
 */
export async function fitSourceTables(
  parts: StateParts,
  db: StateDb,
  stores: ReadonlyMap<string, ManagedStore>,
  positions: ReadonlyMap<string, Position>,
  tell: (progress: RestoreProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const { log, plan, planned } = parts
  const { application } = plan.spec
  const { name: task, partition, inputs } = planned
  const infos = await log.topics.describe(inputs.map(({ topic }) => topic))
  const names = sourceTables(planned)
  await forgetOthers(db, application, planned, new Set(names), new Set(infos.map(({ id }) => id)))
  const read = changelogsOf(parts, stores, positions).filter(({ until }) => until !== undefined)
  for (const name of names) {
    const changelog = read.find(({ store }) => store.name === name)
    const info = infos.find(each => each.name === changelog?.topic)
    const key = keyOf(partition, name)
    if (Buffer.from(db.store(notes(application)).get(key) ?? []).toString() === (info?.id ?? '')) continue
    const clear = db.batch()
    clear.clear(stateName(application, name, partition))
    await db.write(clear)
    if (changelog !== undefined && info !== undefined) await fill(parts, db, changelog, info, tell, signal)
    if (signal.aborted) throw givenUp(task)
    const note = db.batch()
    note.put(notes(application), key, Buffer.from(info?.id ?? ''))
    await db.write(note)
  }
}

/** While the task reads a topic without keeping it as a table, that misses what goes by: it is made anew when it comes back. */
async function forgetOthers(
  db: StateDb,
  application: string,
  { partition }: TaskSpec,
  tables: ReadonlySet<string>,
  ids: ReadonlySet<string>,
): Promise<void> {
  const batch = db.batch()
  const range = { gte: keyOf(partition, ''), lt: keyOf(partition, '\xff') }
  for await (const [key, id] of db.store(notes(application)).entries(range)) {
    const name = Buffer.from(key.subarray(range.gte.length)).toString()
    if (!tables.has(name) && ids.has(Buffer.from(id).toString())) batch.delete(notes(application), key)
  }
  if (batch.length > 0) await db.write(batch)
}

function sourceTables({ sub }: TaskSpec): readonly string[] {
  return sub.stores.filter(({ changelog }) => typeof changelog === 'object').map(({ name }) => name)
}

/** Reads what lies before the position of the task. */
async function fill(
  { log, settings }: StateParts,
  db: StateDb,
  changelog: Changelog,
  info: TopicInfo,
  tell: (progress: RestoreProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const infos = new Map([[info.name, info]])
  const starts = await log.startOffsets([changelog])
  const ends = await log.endOffsets([changelog], 'read_committed')
  const until = Math.min(changelog.until!, ...ends.values())
  // Begun again, it begins with nothing: where it has come to need not last.
  const filled = new SplitStateDb(db, new MemoryStateDb(), store => store === positionsStore)
  const now = (): number => settings.clock.now()
  const changelogs = [{ ...changelog, until }]
  await restore({ log, changelogs, infos, starts, ends, tell, now, signal, pace: usualPace }, filled)
}

/** By partition and store, the id of the topic that the rows are of. */
function notes(application: string): string {
  return `${application}/~topics`
}

function keyOf(partition: number, store: string): Buffer {
  return Buffer.from(`${partition}/${store}`)
}

import { join } from 'node:path'
import { LevelStateDb } from './level-db.js'
import { asBytes, type LevelDb } from './level-store.js'
import { markerBytes, readMarker, writeMarker } from './marker.js'
import { damaged, foreign, openLevel } from './open-level.js'
import type { StateDb, StateFill } from './state-db.js'
import { Filling } from './tables/filling.js'

/** Whose state a directory holds. */
export interface StateIdentity {
  /** The application id. */
  readonly application: string
  /** Sub-topology and partition. */
  readonly task: string
}

/** The version of the layout: of keys in the database and of bytes in the stores. */
const format = 2
/** No store's key begins with a zero byte. */
const markerKey = Buffer.from('\0sluice')
/** There once what was filled in the directory below is the state. */
const filledKey = Buffer.from('\0sluice-filled')
const filledDirectory = 'filled'

/**
 * Opens the database of a task, making it where there is none; it stays locked until it is closed. Where it was filled, it is
 * the one that was made for that, in a directory below; this one is its lock.
 *
 * @throws SluiceError STATE_FOREIGN where the directory belongs to another application, task or program; STATE_LOCKED where
 *   it is open already; STATE_DAMAGED where LevelDB cannot read it; STATE_WRITE where it cannot be made
 */
export async function openStateDb(dir: string, identity: StateIdentity): Promise<StateDb> {
  const what = `the state of task ${identity.task} of ${identity.application}`
  const db = await openLevel(dir, what)
  const close = () => db.close()
  try {
    await claim(db, dir, what, identity)
    const below = join(dir, filledDirectory)
    const openBelow = async (): Promise<StateDb> => {
      const filled = await openLevel(below, what)
      return new LevelStateDb(filled, '', () => filled.close().finally(close))
    }
    if ((await db.get(filledKey, asBytes)) !== undefined) return await openBelow()
    return new LevelStateDb(db, '', close, stores => fill(db, below, markerOf(identity), stores, openBelow))
  } catch (thrown) {
    await db.close()
    throw thrown
  }
}

async function fill(
  db: LevelDb,
  dir: string,
  marker: object,
  stores: Iterable<string>,
  open: () => Promise<StateDb>,
): Promise<StateFill | undefined> {
  // One is the marker.
  if ((await db.keys({ ...asBytes, limit: 2 }).all()).length > 1) return undefined
  const filling = await Filling.make(dir, [markerKey, markerBytes(marker)], stores)
  return {
    load: () => filling.load(),
    get isFull() {
      return filling.isFull
    },
    async keep() {
      await filling.keep()
      await db.put(filledKey, Buffer.of(1), { ...asBytes, sync: true })
    },
    open,
  }
}

const markerOf = (identity: StateIdentity): object => ({ sluice: 'state', format, ...identity })

async function claim(db: LevelDb, dir: string, what: string, identity: StateIdentity): Promise<void> {
  const bytes = await readMarker(db, markerKey, dir, what)
  if (bytes === undefined) return writeMarker(db, markerKey, dir, what, markerOf(identity))
  const marker = parse(bytes)
  if (marker === undefined) throw damaged(dir, what, 'its marker cannot be read')
  if (marker.format !== format)
    throw foreign(dir, what, `its format is ${String(marker.format)}, this version of Sluice knows ${format}`)
  if (marker.application !== identity.application || marker.task !== identity.task) {
    throw foreign(dir, what, `it holds the state of task ${String(marker.task)} of ${String(marker.application)}`)
  }
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const marker: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof marker === 'object' && marker !== null ? (marker as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

import { LevelStateDb } from './level-db.js'
import type { LevelDb } from './level-store.js'
import { readMarker, writeMarker } from './marker.js'
import { damaged, foreign, openLevel } from './open-level.js'
import type { StateDb } from './state-db.js'

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

/**
 * Opens the database of a task, making it where there is none; it stays locked until it is closed.
 *
 * @throws SluiceError STATE_FOREIGN where the directory belongs to another application, task or program; STATE_LOCKED where
 *   it is open already; STATE_DAMAGED where LevelDB cannot read it; STATE_WRITE where it cannot be made
 */
export async function openStateDb(dir: string, identity: StateIdentity): Promise<StateDb> {
  const what = `the state of task ${identity.task} of ${identity.application}`
  const db = await openLevel(dir, what)
  try {
    await claim(db, dir, what, identity)
  } catch (thrown) {
    await db.close()
    throw thrown
  }
  return new LevelStateDb(db, '', () => db.close())
}

async function claim(db: LevelDb, dir: string, what: string, identity: StateIdentity): Promise<void> {
  const bytes = await readMarker(db, markerKey, dir, what)
  if (bytes === undefined) return writeMarker(db, markerKey, dir, what, { sluice: 'state', format, ...identity })
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

import { errorText } from '../errors.js'
import { asBytes, type LevelDb } from './level-store.js'
import { damaged, foreign, writeRefused } from './open-level.js'

/**
 * The marker that says whose a database is; `undefined` where that is new.
 *
 * @throws SluiceError STATE_FOREIGN where it has no marker, but something else; STATE_DAMAGED where LevelDB cannot read it
 */
export async function readMarker(db: LevelDb, key: Buffer, dir: string, what: string): Promise<Buffer | undefined> {
  let first: Buffer | undefined
  try {
    const bytes = await db.get(key, asBytes)
    if (bytes !== undefined) return bytes
    first = (await db.keys({ keyEncoding: 'buffer', limit: 1 }).all())[0]
  } catch (thrown) {
    throw damaged(dir, what, errorText(thrown), thrown)
  }
  if (first === undefined) return undefined
  const text = JSON.stringify(first.toString('latin1'))
  throw foreign(dir, what, `it is a LevelDB of something else (its first key is ${text})`)
}

/** @throws SluiceError STATE_WRITE */
export async function writeMarker(db: LevelDb, key: Buffer, dir: string, what: string, marker: object): Promise<void> {
  try {
    await db.put(key, markerBytes(marker), { ...asBytes, sync: true })
  } catch (thrown) {
    throw writeRefused(dir, what, thrown)
  }
}

export function markerBytes(marker: object): Buffer {
  return Buffer.from(JSON.stringify(marker))
}

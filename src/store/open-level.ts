import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { SluiceError, errorText } from '../errors.js'
import { asBytes, codeOf, type LevelDb } from './level-store.js'
import { damageFile, droppedWrites, goOn, noteDamage, notedDamage } from './recovery.js'

/** LevelDB's own settings, in bytes. */
export interface LevelOptions {
  /** Blocks read from disk that are kept unpacked. */
  readonly cacheSize?: number
  /** Writes kept in memory before they become a table. */
  readonly writeBufferSize?: number
}

/**
 * Opens the LevelDB in a directory, making it where there is none. Nothing is written into a directory that holds other
 * files. `what` names it in messages: `the state of task jobs-0`.
 *
 * @throws SluiceError STATE_FOREIGN, STATE_LOCKED, STATE_DAMAGED, STATE_WRITE, each naming the directory
 */
export async function openLevel(dir: string, what: string, options: LevelOptions = {}): Promise<LevelDb> {
  const files = await filesIn(dir, what)
  if (files.includes(damageFile) && files.includes('CURRENT')) throw lost(dir, what, await notedDamage(dir))
  checkFiles(files, dir, what)
  const db: LevelDb = new Level<Buffer, Buffer>(dir, { ...options, ...asBytes })
  try {
    await db.open()
  } catch (thrown) {
    const manifest = codeOf(thrown) === 'LEVEL_LOCKED' ? undefined : await missingManifest(dir)
    if (manifest !== undefined) throw damaged(dir, what, `LevelDB’s file ${manifest}, which CURRENT names, is missing`)
    throw openError(thrown, dir, what)
  }
  const dropped = await droppedWrites(dir)
  if (dropped !== undefined) {
    await noteDamage(dir, dropped)
    await db.close()
    throw lost(dir, what, dropped)
  }
  return db
}

async function filesIn(dir: string, what: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') throw foreign(dir, what, 'it is a file')
    throw openError(thrown, dir, what)
  }
}

function checkFiles(files: readonly string[], dir: string, what: string): void {
  if (files.includes('CURRENT')) {
    if (files.some(file => file.startsWith('MANIFEST-'))) return
    throw damaged(dir, what, 'LevelDB’s file MANIFEST is missing')
  }
  // LevelDB writes CURRENT last when it makes a database; until then there is no data, and it may begin again.
  const begun = files.filter(file => /^(LOCK|LOG|LOG\.old|MANIFEST-000001|\d+\.dbtmp)$/.test(file))
  if (begun.length === files.length) return
  if (files.some(file => /^(MANIFEST-\d+|\d+\.(ldb|sst|log))$/.test(file))) {
    throw damaged(dir, what, 'LevelDB’s file CURRENT is missing')
  }
  throw foreign(dir, what, `it holds ${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''}`)
}

/** What CURRENT names, where that is not there: to LevelDB a file that cannot be opened, as one without permissions. */
async function missingManifest(dir: string): Promise<string | undefined> {
  const named = (await readFile(join(dir, 'CURRENT'), 'utf8').catch(() => '')).trimEnd()
  return named === '' || (await readdir(dir)).includes(named) ? undefined : JSON.stringify(named)
}

/** The error of a directory that belongs to something else; nothing in it was touched. */
export function foreign(dir: string, what: string, why: string): SluiceError {
  return new SluiceError('STATE_FOREIGN', `${dir} is not ${what}: ${why}`, {
    hint: 'name another directory, or move this one away if it is not needed',
  })
}

/** The error of a directory whose contents cannot be read. */
export function damaged(dir: string, what: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('STATE_DAMAGED', `${what} in ${dir} is damaged: ${why}`, {
    hint: 'check the disk, and move the directory away: where there is a changelog, state is restored from it at the next start',
    cause,
  })
}

/** Some writes are gone, perhaps from the middle: what is left must not pass for the state as of its positions. */
function lost(dir: string, what: string, dropped: string): SluiceError {
  return new SluiceError('STATE_DAMAGED', `${what} in ${dir} has lost writes: ${dropped}`, {
    hint: `check the disk, and move the directory away: where there is a changelog, state is restored from it at the next start. ${goOn}`,
  })
}

function openError(thrown: unknown, dir: string, what: string): SluiceError {
  switch (codeOf(thrown)) {
    case 'LEVEL_LOCKED':
      return new SluiceError('STATE_LOCKED', `${what} in ${dir} is open already, here or in another process`, {
        hint: 'stop the other process, or give this one a directory of its own',
        cause: thrown,
      })
    case 'LEVEL_CORRUPTION':
      return damaged(dir, what, innermost(thrown), thrown)
    default:
      return writeRefused(dir, what, thrown)
  }
}

/** The error of a directory that cannot be made, or not be written. */
export function writeRefused(dir: string, what: string, thrown: unknown): SluiceError {
  return new SluiceError('STATE_WRITE', `cannot open ${what} in ${dir}: ${innermost(thrown)}`, {
    hint: 'check that the directory exists or can be made, its permissions and the free space',
    cause: thrown,
  })
}

function innermost(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause instanceof Error ? innermost(thrown.cause) : errorText(thrown)
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSynced } from './write-synced.js'

// LevelDB replays its write-ahead log when it opens. Bytes that fail their checksum there are left out, with all whole
// batches among them, and LevelDB opens as if nothing were missing; only its text log `LOG`, begun anew at each opening, says
// so. The end of a log that a killed process left unfinished is no such case: that is dropped without a word, as it should.

/** Written beside the database, because the next opening has nothing to say any more. */
export const damageFile = 'DAMAGED'
/** What else can be done then. */
export const goOn: string = `To go on without what was lost, delete the file ${damageFile} in it`

/** What the opening just done has dropped, in LevelDB's words. */
export async function droppedWrites(dir: string): Promise<string | undefined> {
  // Where LevelDB could not make its text log, it went on without one.
  const text = await readFile(join(dir, 'LOG'), 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => /\.log: dropping \d+ bytes; /.test(line))
  return lines.length === 0 ? undefined : lines.map(line => line.replace(/^.*[/\\](?=\d+\.log: )/, '')).join('; ')
}

export function noteDamage(dir: string, what: string): Promise<void> {
  return writeSynced(join(dir, damageFile), `${what}\n`)
}

export async function notedDamage(dir: string): Promise<string> {
  return (await readFile(join(dir, damageFile), 'utf8')).trim()
}

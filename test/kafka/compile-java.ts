import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { kafkaClassPath } from './jars.js'

const run = promisify(execFile)

/**
 * Compiles a folder of Java sources and answers the class path with another behind it, by default Kafka's jars. The classes
 * lie in its subfolder `classes/<digest of all that they are made from>`, and are compiled once. Safe to call from several
 * callers at once. Needs a JDK.
 */
export async function compileJava(folder: string, behind?: string): Promise<string> {
  const jars = behind ?? (await kafkaClassPath())
  const sources = (await readdir(folder)).filter(name => name.endsWith('.java')).toSorted()
  const classes = join(folder, 'classes', await digestOf(folder, sources, jars))
  if (!existsSync(classes)) {
    await mkdir(join(folder, 'classes'), { recursive: true })
    const fresh = await mkdtemp(`${classes}.`)
    try {
      await run('javac', ['-d', fresh, '-cp', jars, ...sources.map(name => join(folder, name))])
      await rename(fresh, classes).catch((error: unknown) => {
        // Another was there first, with the same.
        if (!existsSync(classes)) throw error
      })
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
  }
  return `${classes}${delimiter}${jars}`
}

/** Of what is in the sources and of the versions of the jars; a time says nothing about a file that was copied or checked out. */
async function digestOf(folder: string, sources: readonly string[], jars: string): Promise<string> {
  const hash = createHash('sha256').update(jars)
  for (const name of sources) hash.update(`\0${name}\0`).update(await readFile(join(folder, name)))
  for (const place of jars.split(delimiter)) {
    if (place.endsWith('*')) hash.update(await readFile(join(place, '..', '.pom')))
  }
  return hash.digest('hex').slice(0, 16)
}

import { execFile } from 'node:child_process'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { kafkaClassPath } from './jars.js'

const run = promisify(execFile)

/**
 * Compiles a folder of Java sources into its subfolder `classes`, unless the classes there are newer, and answers the class
 * path with another behind it, by default Kafka's jars. Needs a JDK.
 */
export async function compileJava(folder: string, behind?: string): Promise<string> {
  const jars = behind ?? (await kafkaClassPath())
  const classes = join(folder, 'classes')
  const sources = (await readdir(folder)).filter(name => name.endsWith('.java')).map(name => join(folder, name))
  const changed = Math.max(...(await Promise.all(sources.map(modified))), await modified(jars.replace(/\*$/, '.pom')))
  if ((await modified(join(classes, '.compiled'))) < changed) {
    await mkdir(classes, { recursive: true })
    await run('javac', ['-d', classes, '-cp', jars, ...sources])
    await writeFile(join(classes, '.compiled'), '')
  }
  return `${classes}${delimiter}${jars}`
}

/** Milliseconds since the epoch; 0 for a file that is not there. */
function modified(file: string): Promise<number> {
  return stat(file).then(
    found => found.mtimeMs,
    () => 0,
  )
}

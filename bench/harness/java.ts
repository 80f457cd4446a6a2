import { execFile } from 'node:child_process'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { kafkaClassPath } from '../../test/kafka/jars.js'
import type { Command } from './process.js'

const run = promisify(execFile)
const sources = fileURLToPath(new URL('../kafka-streams', import.meta.url))
const classes = join(sources, 'classes')

/** Compiles the Java half of the bench where its sources are newer than its classes. Needs a JDK. */
export async function javaClassPath(): Promise<string> {
  const jars = await kafkaClassPath()
  const files = (await readdir(sources)).filter(name => name.endsWith('.java')).map(name => join(sources, name))
  const newest = Math.max(...(await Promise.all(files.map(async file => (await stat(file)).mtimeMs))))
  const compiled = await stat(join(classes, 'Launch.class')).then(
    found => found.mtimeMs,
    () => 0,
  )
  if (compiled < newest) {
    await mkdir(classes, { recursive: true })
    await run('javac', ['-d', classes, '-cp', jars, ...files])
  }
  return `${classes}${delimiter}${jars}`
}

export async function java(main: string, args: readonly string[], options: readonly string[] = []): Promise<Command> {
  const logging = `-Dlog4j.configuration=${pathToFileURL(join(sources, 'log4j.properties'))}`
  return { command: 'java', args: [...options, logging, '-cp', await javaClassPath(), main, ...args] }
}

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileJava } from '../../test/kafka/compile-java.js'
import { mavenJars } from '../../test/kafka/jars.js'
import type { Command } from './process.js'

const sources = fileURLToPath(new URL('../kafka-streams/', import.meta.url))
/** What needs Avro lies apart, so that nothing else has to wait for its jars. */
const withAvro = join(sources, 'avro')

/** The command that runs a Java class of the bench, compiled where that is due. */
export async function java(main: string, args: readonly string[], options: readonly string[] = []): Promise<Command> {
  const logging = `-Dlog4j.configuration=file:${join(sources, 'log4j.properties')}`
  return { command: 'java', args: [...options, logging, '-cp', await classPathOf(main), main, ...args] }
}

async function classPathOf(main: string): Promise<string> {
  const classPath = await compileJava(sources)
  if (!existsSync(join(withAvro, `${main}.java`))) return classPath
  return compileJava(withAvro, [classPath, await mavenJars(withAvro)].join(delimiter))
}

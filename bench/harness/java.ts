import { fileURLToPath } from 'node:url'
import { compileJava } from '../../test/kafka/compile-java.js'
import type { Command } from './process.js'

const sources = new URL('../kafka-streams/', import.meta.url)

/** The command that runs a Java class of the bench, compiled where that is due. */
export async function java(main: string, args: readonly string[], options: readonly string[] = []): Promise<Command> {
  const classPath = await compileJava(fileURLToPath(sources))
  const logging = `-Dlog4j.configuration=${new URL('log4j.properties', sources).href}`
  return { command: 'java', args: [...options, logging, '-cp', classPath, main, ...args] }
}

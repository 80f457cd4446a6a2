#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { SluiceError } from '../errors.js'
import { UsageError } from './args.js'
import type { Command, CommandContext } from './command.js'
import { consume } from './commands/consume.js'
import { describe } from './commands/describe.js'
import { dlq } from './commands/dlq.js'
import { produce } from './commands/produce.js'
import { query } from './commands/query.js'
import { reset } from './commands/reset.js'
import { run } from './commands/run.js'
import { topics } from './commands/topics.js'

const commands: Readonly<Record<string, Command>> = { run, topics, produce, consume, describe, query, dlq, reset }

const usage = `sluice <command>

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join('\n')}

sluice <command> --help says more. Without --log or --brokers, the log is the embedded one in ./data.`

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first asks to finish and commit; whoever asks again wants out.
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort()
  })
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  stop.abort()
})

const context: CommandContext = {
  stdin: process.stdin,
  stdout: process.stdout,
  say: line => console.error(line),
  signal: stop.signal,
}

process.exitCode = await main(process.argv.slice(2))

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') {
    console.log(version())
    return 0
  }
  const asked = name === 'help' ? args[0] : name
  const command = commands[asked ?? '']
  if (name === undefined || command === undefined) {
    const help = name === '--help' || name === '-h' || (name === 'help' && asked === undefined)
    if (help) console.log(`usage: ${usage}`)
    else
      console.error(`${asked === undefined ? 'say what to do' : `there is no command "${asked}"`}\n\nusage: ${usage}`)
    return help ? 0 : 2
  }
  if (name === 'help' || args.includes('--help') || args.includes('-h')) {
    console.log(`usage: ${command.usage}`)
    return 0
  }
  try {
    await command.run(args, context)
    return 0
  } catch (error) {
    console.error(messageOf(error))
    return error instanceof UsageError ? 2 : 1
  }
}

/** Errors that say what to do need no stack; one from another copy of the package is known by its name. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const worded = error instanceof UsageError || error instanceof SluiceError || error.name === 'SluiceError'
  return worded ? error.message : (error.stack ?? error.message)
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

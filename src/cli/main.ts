#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { SluiceError } from '../errors.js'
import { UsageError } from './args.js'
import type { Command, CommandContext } from './command.js'

// Loaded when it is named: no command waits for what the others need.
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.js')).run,
  topics: async () => (await import('./commands/topics.js')).topics,
  produce: async () => (await import('./commands/produce.js')).produce,
  consume: async () => (await import('./commands/consume.js')).consume,
  describe: async () => (await import('./commands/describe.js')).describe,
  query: async () => (await import('./commands/query.js')).query,
  dlq: async () => (await import('./commands/dlq.js')).dlq,
  reset: async () => (await import('./commands/reset.js')).reset,
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first asks to finish and commit; whoever asks again wants out.
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort()
  })
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read it has what they wanted; a full disk is told.
  if (error.code !== 'EPIPE' && process.exitCode !== 1) {
    process.exitCode = 1
    console.error(`the output cannot be written: ${error.message}`)
  }
  stop.abort()
})
// Nobody hears what it says: what it does goes on.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const context: CommandContext = {
  stdin: process.stdin,
  stdout: process.stdout,
  say: line => console.error(line),
  signal: stop.signal,
}

const exitCode = await main(process.argv.slice(2))
process.exitCode ||= exitCode

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') {
    console.log(version())
    return 0
  }
  const asked = name === 'help' ? args[0] : name
  const load = Object.hasOwn(commands, asked ?? '') ? commands[asked!] : undefined
  if (name === undefined || load === undefined) {
    const usage = await usageOfAll()
    const help = name === '--help' || name === '-h' || (name === 'help' && asked === undefined)
    if (help) console.log(`usage: ${usage}`)
    else
      console.error(`${asked === undefined ? 'say what to do' : `there is no command "${asked}"`}\n\nusage: ${usage}`)
    return help ? 0 : 2
  }
  const command = await load()
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

async function usageOfAll(): Promise<string> {
  const summary = async ([name, load]: [string, () => Promise<Command>]): Promise<string> =>
    `  ${name.padEnd(10)}${(await load()).summary}`
  return `sluice <command>

${(await Promise.all(Object.entries(commands).map(summary))).join('\n')}

sluice <command> --help says more. Without --log or --brokers, the log is the embedded one in ./data.`
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

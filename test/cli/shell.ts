import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll } from 'vitest'
import { consume } from '../../src/cli/commands/consume.js'
import { produce } from '../../src/cli/commands/produce.js'
import { topics } from '../../src/cli/commands/topics.js'

/** The file that the command is. */
export const main = resolve(import.meta.dirname, '../../dist/src/cli/main.js')

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Starts the real command. */
export function start(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [main, ...args])
}

/** What the command printed and how it ended. */
export async function outcome(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, signal: signal as NodeJS.Signals | null, out, err }
}

/** Runs `sluice …` with that standard input, to its end. */
export async function sluice(args: readonly string[], input: string | Uint8Array = ''): Promise<Outcome> {
  const child = start(...args)
  child.stdin.on('error', () => {}) // a command that reads no input may end first
  child.stdin.end(input)
  return outcome(child)
}

const direct = { topics, produce, consume }

/**
 * What these commands print, without a process for each: for what a test sets up and looks at, not for what it is about.
 *
 * @throws what the command throws
 */
export async function directly(
  [command, ...args]: readonly [keyof typeof direct, ...string[]],
  input: string | Uint8Array = '',
): Promise<string> {
  const stdout = new PassThrough()
  const printed = text(stdout)
  const { signal } = new AbortController()
  await direct[command].run(args, { stdin: Readable.from([Buffer.from(input)]), stdout, say: () => {}, signal })
  stdout.end()
  return printed
}

/** Waits for the first output that the pattern matches. */
export async function saying(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<string> {
  let seen = ''
  const parts = [child.stdout, child.stderr]
  return new Promise((found, failed) => {
    const hear = (chunk: Buffer): void => {
      seen += chunk.toString('utf8')
      if (!pattern.test(seen)) return
      for (const part of parts) part.off('data', hear)
      found(seen)
    }
    for (const part of parts) part.on('data', hear)
    child.once('close', code => failed(new Error(`ended with ${code} before ${pattern}:\n${seen}`)))
  })
}

/** A directory that is gone after the tests of the file. */
export async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
  afterAll(() => rm(dir, { recursive: true, force: true }))
  return dir
}

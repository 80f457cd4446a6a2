import type { Readable, Writable } from 'node:stream'

/** A command of the shell: one file in `commands/` each. */
export interface Command {
  /** What to type. */
  readonly usage: string
  /** One line for `sluice help`. */
  readonly summary: string
  /** @throws UsageError (exit code 2), anything else (exit code 1) */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<void>
}

/** The process as a command sees it. */
export interface CommandContext {
  readonly stdin: Readable
  readonly stdout: Writable
  /** For what is not the output itself. */
  readonly say: (line: string) => void
  /** Aborted by SIGINT, SIGTERM, or when nobody reads the output any more. */
  readonly signal: AbortSignal
}

/** Writes as fast as the other side reads; gives up when the signal says so. */
export async function print({ stdout, signal }: CommandContext, text: string | Uint8Array): Promise<void> {
  if (signal.aborted || stdout.write(text)) return
  await new Promise<void>(resolve => {
    const done = (): void => {
      stdout.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    stdout.once('drain', done)
    signal.addEventListener('abort', done)
  })
}

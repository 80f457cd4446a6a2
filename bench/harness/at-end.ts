import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
const todo: (() => void)[] = []

/**
 * What is to be done when the process ends, the latest first, also when it is interrupted: the data of a broker, inputs and
 * states are gigabytes, and a program whose broker is gone waits for it for minutes.
 */
export function atEnd(act: () => void): void {
  if (todo.length === 0) watchEnd()
  todo.push(act)
}

function watchEnd(): void {
  process.once('exit', () => todo.toReversed().forEach(act => act()))
  for (const [name, number] of Object.entries(signals)) process.once(name, () => process.exit(128 + number))
}

/** A new temporary directory, which is removed then if it is still there. */
export async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  removedAtEnd(directory)
  return directory
}

export function removedAtEnd(directory: string): void {
  // Who was killed a moment before may still write there.
  atEnd(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
}

/** A process that does not outlive this one. */
export function killedAtEnd<T extends ChildProcess>(child: T): T {
  atEnd(() => child.kill('SIGKILL'))
  return child
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

/** An example's program, as a user runs it. */
export class ExampleJob {
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Everything printed so far. */
  output = ''
  readonly #child: ChildProcess

  constructor(example: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const main = resolve(import.meta.dirname, '../../examples', example, 'main.ts')
    this.#child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')))
    }
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  /** Waits until it has printed this; answers whether it did before it ended. */
  async printed(pattern: RegExp): Promise<boolean> {
    let over = false
    void this.ended.then(() => (over = true))
    while (!pattern.test(this.output)) {
      if (over) return false
      await Promise.race([once(this.#child.stdout!, 'data'), this.ended])
    }
    return true
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

/** The main job as `npm start` runs it. */
export class MainJob extends ExampleJob {
  constructor(...args: string[]) {
    super('1-count-completed-jobs', args)
  }
}

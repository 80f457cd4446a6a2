import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const main = resolve(import.meta.dirname, '../../examples/1-count-completed-jobs/main.ts')

/** The main job as `npm start` runs it. */
export class MainJob {
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Everything printed so far. */
  output = ''
  readonly #child: ChildProcess

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
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

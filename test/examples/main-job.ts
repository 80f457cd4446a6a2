import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { resolve } from 'node:path'
import { json, readRecords, string, type LogConfig } from 'sluice'
import { importId } from '../../examples/1-count-completed-jobs/events.js'
import { flights, type Dataset } from '../../examples/1-count-completed-jobs/flights.js'
import tracker, { completed } from '../../examples/1-count-completed-jobs/pipeline.js'

const main = resolve(import.meta.dirname, '../../examples/1-count-completed-jobs/main.ts')

/** The main job as a process of its own. */
export class MainJob {
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
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

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** `kill -9` at that moment; answers whether it was still at work. */
  async killAt({ after, delay }: Moment): Promise<boolean> {
    if (await this.printed(after)) {
      await Promise.race([pause(delay), this.ended])
      this.kill()
    }
    return (await this.ended).signal === 'SIGKILL'
  }
}

/** Some milliseconds after the process has got so far. */
export interface Moment {
  readonly after: RegExp
  readonly delay: number
}

/** Moments of a seed: while the process loads, while it writes its input, while it counts. */
export function moments(seed: number, count: number, longest: number): Moment[] {
  const random = lcg(seed)
  const phases = [/flights are/, /writing/, /counting/, /counting/]
  return Array.from({ length: count }, (_, i) => ({ after: phases[i % phases.length]!, delay: random() * longest }))
}

/** Numerical Recipes' linear congruential generator: numbers in [0, 1). */
function lcg(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

/** Jobs per import, by a plain loop. */
export async function plainLoop(dataset: Dataset): Promise<Map<string, number>> {
  const totals = new Map<string, number>()
  for await (const chunk of flights(dataset)) {
    for (const flight of chunk) totals.set(importId(flight), (totals.get(importId(flight)) ?? 0) + 1)
  }
  return totals
}

/** What the topic of finished imports and the store hold, read without the example's own checks. */
export async function results(
  config: LogConfig,
  stateDir: string,
): Promise<{ finished: [string | null, unknown][]; stored: Map<string, number> }> {
  const log = await config.open()
  try {
    const topic = { name: 'finished-imports', key: string, value: json<{ done: number; total: number }>() }
    const finished: [string | null, unknown][] = []
    for await (const { key, value } of readRecords(log, topic)) finished.push([key, value])
    const app = await tracker.start({ log, stateDir })
    const stored = new Map<string, number>()
    for await (const [id, count] of app.query(completed).all()) stored.set(id, count)
    await app.close()
    return { finished, stored }
  } finally {
    await log.close()
  }
}

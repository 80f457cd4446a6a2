import { availableParallelism } from 'node:os'
import { Tinypool } from 'tinypool'
import type { Format, Rendered, Source } from './frames.js'

let pool: Tinypool | undefined

/** Renders in a thread of its own; an aborted signal stops it. The threads end when they have had nothing to do for a second. */
export function render(source: Source, format: Format, signal: AbortSignal): Promise<Rendered> {
  pool ??= new Tinypool({
    filename: new URL('render-worker.mjs', import.meta.url).href,
    minThreads: 0,
    maxThreads: availableParallelism(),
    idleTimeout: 1_000,
  })
  return pool.run({ source, format }, { signal })
}

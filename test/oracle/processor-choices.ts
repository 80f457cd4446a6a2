import { merger, pick } from './choices.js'
import type { Bounds, Draw } from './growth.js'
import type { Fn } from './question.js'

/** A processor of the user's own, by the name it has in java/Processors.java and processors.ts. */
export interface ProcessorNode {
  readonly op: 'process' | 'processValues'
  readonly kind: string
  readonly [field: string]: unknown
}

/** How long the stores of processors keep what is old where nothing may depend on stream time: behind every record. */
const everKept = 100_000

/** A processor with a store or without. */
export function processorOf({ x, y, w, with: z }: Draw, as: string, { spread, whole }: Bounds): ProcessorNode {
  const r = merger(y)
  const lies = z % 3 === 0 ? { in: 'memory' } : {}
  const kept = (ms: number) => (spread ? everKept : ms)
  const kinds: readonly { readonly kind: string; readonly [field: string]: unknown }[] = [
    { kind: 'total', r, as, ...lies },
    { kind: 'windows', size: pick([10, 5, 7], y), r, retention: kept(pick([30, 20, 100], z)), as, ...lies },
    { kind: 'sessions', gap: pick([5, 10, 3], y), r, retention: kept(pick([30, 20, 100], z)), as, ...lies },
    { kind: 'versions', back: pick([5, 0, 20], y), history: kept(pick([20, 40], z)), as, ...lies },
    { kind: 'stamp', shift: pick([5, 0, 20], y) },
  ]
  if (x % 2 === 1) return { op: 'processValues', ...pick(kinds, w) }
  const timed = { kind: 'flush', r, drains: y % 2 === 0, interval: pick([10, 5, 15], z), as, ...lies }
  const timers = [
    ...(whole ? [{ ...timed, time: 'wall-clock' }] : []),
    ...(whole && !spread ? [{ ...timed, time: 'stream-time' }] : []),
  ]
  return { op: 'process', ...pick([...kinds, ...timers], w) }
}

/** What tells records of one key apart: never null. */
export function identity(n: number): Fn {
  return pick<Fn>([['value'], ['bucket', 2], ['keyBucket', 1]], n)
}

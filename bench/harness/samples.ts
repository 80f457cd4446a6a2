import { setTimeout as sleep } from 'node:timers/promises'

/** How many records of the input were committed at a moment of `performance.now()`. */
export interface Sample {
  readonly at: number
  readonly committed: number
}

/**
 * Asks again and again how much is committed, until all is. Committed positions, looked at from outside, are the one
 * thing that means the same for every engine.
 */
export async function watch(
  look: () => Promise<Sample>,
  all: number,
  limitMs: number,
  onSample: (sample: Sample) => void | Promise<void> = () => {},
): Promise<Sample[]> {
  const samples: Sample[] = []
  const deadline = performance.now() + limitMs
  for (;;) {
    const sample = await look()
    const { committed } = sample
    if (committed !== samples.at(-1)?.committed) {
      samples.push(sample)
      await onSample(sample)
    }
    if (committed >= all) return samples
    if (performance.now() > deadline) {
      throw new Error(`only ${committed} of ${all} records were committed in ${limitMs} ms`)
    }
    await sleep(25)
  }
}

/** Records per second from the first sample at or after `from` to the last. */
export function rate(samples: readonly Sample[], from: number): number {
  const first = samples.find(sample => sample.committed >= from)
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last === first) return NaN
  return ((last.committed - first.committed) / (last.at - first.at)) * 1000
}

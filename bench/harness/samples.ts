import { setTimeout as sleep } from 'node:timers/promises'

/** How much was committed at a moment of `performance.now()`. */
export interface Sample {
  readonly at: number
  /** Positions on the inputs and on the topics in between: what was made of all of them. */
  readonly committed: number
  /** Those on the inputs alone. */
  readonly inputs: number
  /** Nothing is left to do. */
  readonly done: boolean
}

/**
 * Asks again and again how much is committed, until all is. Committed positions, looked at from outside, are the one
 * thing that means the same for every engine.
 */
export async function watch(
  look: () => Promise<Sample>,
  limitMs: number,
  onSample: (sample: Sample) => void | Promise<void> = () => {},
): Promise<Sample[]> {
  const samples: Sample[] = []
  const deadline = performance.now() + limitMs
  for (;;) {
    const sample = await look()
    const { committed, done } = sample
    if (committed !== samples.at(-1)?.committed) {
      samples.push(sample)
      await onSample(sample)
    }
    if (done) return samples
    if (performance.now() > deadline) {
      throw new Error(`${limitMs} ms were not enough: ${sample.inputs} records of the inputs were committed`)
    }
    await sleep(25)
  }
}

/**
 * Records per second from the first sample at which the share `from` of the work was done, to the last. What lies in topics
 * in between is work like that of the inputs: a record counts when all that it causes is committed.
 */
export function rate(samples: readonly Sample[], from: number, records: number): number {
  const last = samples.at(-1)
  const first = samples.find(({ committed }) => committed > 0 && committed >= from * last!.committed)
  if (first === undefined || last === undefined || last === first) return NaN
  const share = (last.committed - first.committed) / last.committed
  return ((share * records) / (last.at - first.at)) * 1000
}

import type { Parameters } from 'fast-check'

/** How often a property runs, and its seed: SEED=… repeats a run, otherwise it is new each time and printed. */
export function runs(numRuns: number): Parameters<any> {
  const seed = process.env['SEED'] === undefined ? (Math.random() * 0x7fffffff) | 0 : Number(process.env['SEED'])
  console.log(`SEED=${seed}`)
  return { numRuns, seed }
}

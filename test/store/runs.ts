import type { Parameters } from 'fast-check'

/**
 * How often a property runs, and its seed: SEED=… repeats a run, otherwise it is new each time and printed. TIMES=20 runs
 * each property twenty times as often.
 */
export function runs(usual: number): Parameters<any> {
  const numRuns = usual * Number(process.env['TIMES'] ?? 1)
  const seed = process.env['SEED'] === undefined ? (Math.random() * 0x7fffffff) | 0 : Number(process.env['SEED'])
  console.log(`SEED=${seed}`)
  return { numRuns, seed }
}

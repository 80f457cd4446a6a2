import { generator } from '../../examples/shared/random.js'
/** When a process is killed. Numbers count from 1. */
export type Moment =
  /** So long after the process was started, in milliseconds: by its parent. */
  | { readonly at: 'time'; readonly after: number }
  /** At a commit of the writer of the input, or of the pipeline: `delay` counts in milliseconds from its call. */
  | { readonly at: 'write' | 'commit'; readonly number: number; readonly phase: Phase; readonly delay: number }
  /** At a commit that the log has not heard of yet, it falls asleep (`SIGSTOP`) until somebody wakes it. */
  | { readonly at: 'sleep'; readonly number: number }
  /** While state is restored. */
  | { readonly at: 'restore'; readonly number: number }

/** `after`: the log has committed, and its caller has not heard of it. */
export type Phase = 'before' | 'during' | 'after'

export interface JobConfig {
  readonly log: { readonly dir: string } | { readonly brokers: string[] }
  readonly stateDir: string
  readonly sessionTimeout: number
  readonly transactionTimeout: number
  readonly maxUncommittedBytes: number
  readonly kill?: Moment | undefined
}

export type JobLine =
  | { readonly at: 'written' | 'ready' }
  | { readonly at: 'write' | 'commit' | 'asleep' | 'tasks' | 'recovered'; readonly number: number }
  | { readonly at: 'done'; readonly wrong: readonly string[] }

/**
 * The moments of a run, in the order of the run's phases: writing the input, starting, restoring, committing. `length` is
 * about how long a commit takes, in milliseconds.
 */
export function moments(count: number, seed: number, length: number): Moment[] {
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const phase = (): Phase => (['before', 'during', 'during', 'after'] as const)[below(4)]!
  return Array.from({ length: count }, (_, i): Moment => {
    if (i < count / 5) return { at: 'write', number: 1 + below(3), phase: phase(), delay: random() * length }
    const kind = random()
    if (kind < 0.15) return { at: 'time', after: below(2_500) }
    if (kind < 0.3) return { at: 'restore', number: 1 + below(3) }
    return { at: 'commit', number: 1 + below(12), phase: phase(), delay: random() * length }
  })
}

/** The seed of this run: `FAULT_SEED=…` repeats one. */
export function faultSeed(): number {
  const given = process.env['FAULT_SEED']
  const seed = given === undefined ? Date.now() % 1_000_000 : Number(given)
  console.log(`FAULT_SEED=${seed} repeats these faults`)
  return seed
}

/** `npm run test:faults` is the full form; `npm test` has a shorter one. */
export const full: boolean = (import.meta as { env?: { MODE?: string } }).env?.MODE === 'full'

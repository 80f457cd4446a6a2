import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { generator } from '../../examples/shared/random.js'
import { full, type Moment } from '../faults/moments.js'

/** How often each example is killed on each log by `npm run test:examples`; `KILLS=…` says otherwise. */
export const fullKills: number = Number(process.env['KILLS'] ?? (full ? 20 : 0))

/** When an example is killed: at one of its commits, some time after its start, or around a call to its service. */
export type Killing = Moment | { readonly at: 'call'; readonly number: number; readonly phase: CallPhase }

/** Before the service acts, when it has acted and not answered, and when its answer is on the way. */
export type CallPhase = 'before' | 'during' | 'after'

export interface KillRun {
  /** The folder of the example. */
  readonly example: string
  /** Where it runs: `--log …`, or `--brokers … --state-dir …`. */
  readonly place: readonly string[]
  /** What else it is told in its run number `run`, from 0. More events with each give every run something to do. */
  args(run: number): readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How often it is killed. */
  readonly kills: number
  readonly seed: number
  /** Where the test has a service that the example calls: kills happen around its calls too. */
  readonly calls?: CallWatch
}

/** What the example's service tells of its calls. */
export class CallWatch {
  #listener: ((phase: CallPhase) => void) | undefined

  /** For the service: its `onCall`. */
  readonly tell = (phase: CallPhase): void => this.#listener?.(phase)

  /** Calls `then` at a phase of the call that is number `number` from now on. */
  watch(number: number, phase: CallPhase, then: () => void): void {
    let begun = 0
    this.#listener = at => {
      if (at === 'before') begun++
      if (begun >= number && at === phase) then()
    }
  }

  ignore(): void {
    this.#listener = undefined
  }
}

export interface Killed {
  /** What the last run, which was let alone, printed. */
  readonly output: string
  /** How many runs there were; the last one was number `runs - 1`. */
  readonly runs: number
}

/**
 * Runs an example's `main.ts` again and again, ends it by SIGKILL at seeded moments, and lets the last run come to its end.
 * A moment that does not come before the run is done counts for nothing, and another is tried.
 *
 * @throws what it printed, where it ended badly or not at all
 */
export async function killRun(options: KillRun): Promise<Killed> {
  const { kills, seed, calls } = options
  const next = killings(seed, calls !== undefined)
  let killed = 0
  let run = 0
  for (; killed < kills; run++) {
    if (run >= 3 * kills + 3) throw new Error(`of ${run} moments only ${killed} came before all was done`)
    const kill = next()
    if ((await runOnce(options, run, kill)) === undefined) killed++
  }
  const output = await runOnce(options, run, undefined)
  return { output: output!, runs: run + 1 }
}

/** Moments without an end, most of them at commits, or around calls where there are any. */
function killings(seed: number, calls: boolean): () => Killing {
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const phases = ['before', 'during', 'after'] as const
  return () => {
    const kind = random()
    const phase = phases[below(3)]!
    if (kind < 0.1) return { at: 'time', after: 300 + below(2_000) }
    if (kind < 0.2) return { at: 'write', number: 1, phase, delay: random() * 3 }
    if (calls && kind < 0.6) return { at: 'call', number: 1 + below(12), phase }
    return { at: 'commit', number: 1 + below(8), phase, delay: random() * 4 }
  }
}

/** What a run printed; `undefined` where it was killed. */
function runOnce(options: KillRun, run: number, kill: Killing | undefined): Promise<string | undefined> {
  const { example, place, calls } = options
  const main = resolve(import.meta.dirname, '../../examples', example, 'main.ts')
  const deadly = pathToFileURL(resolve(import.meta.dirname, 'deadly/register.mjs')).href
  const itself = kill?.at === 'commit' || kill?.at === 'write'
  const args = ['--import', 'tsx', ...(itself ? ['--import', deadly] : []), main, ...place, ...options.args(run)]
  const env = { ...process.env, ...options.env, ...(itself ? { SLUICE_KILL: JSON.stringify(kill) } : {}) }
  return new Promise((done, reject) => {
    // By SIGTERM where it hangs, so that this is not taken for a death that was wished.
    const limits = { timeout: 120_000, killSignal: 'SIGTERM', maxBuffer: 64 << 20 } as const
    const child = execFile(process.execPath, args, { env, ...limits }, (error, stdout, stderr) => {
      clearTimeout(timer)
      calls?.ignore()
      if (error?.signal === 'SIGKILL') done(undefined)
      else if (error === null) done(stdout)
      else reject(new Error(`${example}, run ${run}, ${JSON.stringify(kill)}: ${error.message}\n${stdout}\n${stderr}`))
    })
    const die = (): void => void child.kill('SIGKILL')
    const timer = kill?.at === 'time' ? setTimeout(die, kill.after) : undefined
    if (kill?.at === 'call') calls?.watch(kill.number, kill.phase, die)
  })
}

import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { generator } from '../../examples/shared/random.js'
import type { KillRow } from '../faults/kill-report.js'
import { full, type Moment } from '../faults/moments.js'
import type { Place } from './both-logs.js'

/** How often each example is killed on each log by `npm run test:examples`; `KILLS=…` says otherwise. */
export const fullKills: number = Number(process.env['KILLS'] ?? (full ? 20 : 0))

/** When an example is killed: at one of its commits, some time after it opened its log, or around a call to its service. */
export type Killing = Moment | { readonly at: 'call'; readonly number: number; readonly phase: CallPhase }

/** Before the service acts, when it has acted and not answered, and when its answer is on the way. */
export type CallPhase = 'before' | 'during' | 'after'

export interface KillRun {
  /** The folder of the example. */
  readonly example: string
  readonly place: Place
  /** What else it is told in its run number `run`, from 0. More events with each give every run something to do. */
  args(run: number): readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How often it is killed. */
  readonly kills: number
  readonly seed: number
  /** Where the test has a service that the example calls: kills happen around its calls too. */
  readonly calls?: CallWatch
  /** Its input does not grow with `run`: so many of its first kills are at the writing of it, and none later. */
  readonly writeKills?: number
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
  /** For `expectEachOnce`. */
  readonly row: Pick<KillRow, 'what' | 'log' | 'planned' | 'hit' | 'missed'>
}

/**
 * Runs an example's `main.ts` again and again, ends it by SIGKILL at seeded moments, and lets the last run come to its end.
 * A moment that does not come before the run has its result counts for nothing, and another is tried.
 *
 * @throws what it printed, where it ended badly or not at all
 */
export async function killRun(options: KillRun): Promise<Killed> {
  const { example, place, kills } = options
  const next = killings(options)
  let hit = 0
  let run = 0
  for (; hit < kills; run++) {
    if (run >= 3 * kills + 3) throw new Error(`of ${run} moments only ${hit} came before all was done`)
    if ((await runOnce(options, run, next(hit))).hit) hit++
  }
  const { output } = await runOnce(options, run, undefined)
  const row = { what: example, log: place.kind, planned: kills, hit, missed: run - hit }
  return { output, runs: run + 1, row }
}

/** Moments without an end, most of them at commits, or around calls where there are any; given how many have hit. */
function killings({ seed, calls, writeKills }: KillRun): (hit: number) => Killing {
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const phases = ['before', 'during', 'after'] as const
  return hit => {
    const kind = random()
    const phase = phases[below(3)]!
    const atWrite = { at: 'write', number: 1, phase, delay: random() * 3 } as const
    if (writeKills !== undefined && hit < writeKills) return atWrite
    if (kind < 0.1) return { at: 'time', after: below(600) }
    if (kind < 0.2 && writeKills === undefined) return atWrite
    if (calls !== undefined && kind < 0.6) return { at: 'call', number: 1 + below(12), phase }
    return { at: 'commit', number: 1 + below(writeKills === undefined ? 8 : 2), phase, delay: random() * 4 }
  }
}

interface Ended {
  /** Killed with work in progress: its result was not shown yet. */
  readonly hit: boolean
  readonly output: string
}

function runOnce(options: KillRun, run: number, kill: Killing | undefined): Promise<Ended> {
  const { example, place, calls } = options
  const main = resolve(import.meta.dirname, '../../examples', example, 'main.ts')
  const deadly = pathToFileURL(resolve(import.meta.dirname, 'deadly/register.mjs')).href
  const itself = kill !== undefined && kill.at !== 'call'
  const args = ['--import', 'tsx', ...(itself ? ['--import', deadly] : []), main, ...place.args, ...options.args(run)]
  const env = { ...process.env, ...options.env, ...(itself ? { SLUICE_KILL: JSON.stringify(kill) } : {}) }
  return new Promise((done, reject) => {
    // By SIGTERM where it hangs, so that this is not taken for a death that was wished. The last run does what all have left.
    const limits = {
      timeout: kill === undefined ? 400_000 : 120_000,
      killSignal: 'SIGTERM',
      maxBuffer: 64 << 20,
    } as const
    const child = execFile(process.execPath, args, { env, ...limits }, (error, stdout, stderr) => {
      calls?.ignore()
      if (error === null || error.signal === 'SIGKILL') {
        done({ hit: error !== null && !stdout.includes(resultBegins), output: stdout })
      } else
        reject(new Error(`${example}, run ${run}, ${JSON.stringify(kill)}: ${error.message}\n${stdout}\n${stderr}`))
    })
    if (kill?.at === 'call') calls?.watch(kill.number, kill.phase, () => void child.kill('SIGKILL'))
  })
}

/** The corner of the table that each example ends with. */
const resultBegins = '┌'

import { count } from './pipelines/count.js'
import type { Pipeline } from 'sluice'

/** What the harness hands to a program, as JSON in its first argument. */
export interface Launch {
  readonly workload: string
  readonly application: string
  readonly input: string
  readonly output: string
  readonly directory: string
  /** None for the embedded log. */
  readonly brokers: readonly string[]
  readonly partitions: number
  readonly commitIntervalMs: number
  readonly cacheBytes: number
  readonly threads: number
}

const pipelines: Readonly<
  Record<string, (application: string, input: string, output: string, module?: string) => Pipeline>
> = { count }

export function readLaunch(): Launch {
  return JSON.parse(process.argv[2]!) as Launch
}

/** @param module where threads find it again */
export function build({ workload, application, input, output }: Launch, module?: string): Pipeline {
  const make = pipelines[workload]
  if (make === undefined) throw new Error(`there is no pipeline for the workload "${workload}"`)
  return make(application, input, output, module)
}

/** Resolves when the harness closes our standard input. */
export function told(): Promise<void> {
  return new Promise(resolve => process.stdin.resume().once('end', resolve))
}

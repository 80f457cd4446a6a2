import type { Pipeline } from 'sluice'

/** What the harness hands to a program, as JSON in its first argument. */
export interface Launch {
  /** The module in `pipelines/` that makes the pipeline. */
  readonly program: string
  readonly application: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly directory: string
  /** None for the embedded log. */
  readonly brokers: readonly string[]
  readonly partitions: number
  readonly commitIntervalMs: number
  readonly cacheBytes: number
  readonly threads: number
  /** What a pipeline is told besides. */
  readonly parameters: Readonly<Record<string, number>>
}

/** What a pipeline of the bench is made from. */
export interface Job {
  readonly application: string
  readonly inputs: readonly string[]
  readonly input: string
  readonly output: string
  readonly parameters: Readonly<Record<string, number>>
  /** Options of the pipeline itself: where threads find it again. */
  readonly options: { readonly module?: string }
}

export function readLaunch(): Launch {
  return JSON.parse(process.argv[2]!) as Launch
}

/** @param module where threads find it again */
export async function build(launch: Launch, module?: string): Promise<Pipeline> {
  const { program, application, inputs, output, parameters } = launch
  const { default: make } = (await import(`./pipelines/${program}.js`)) as { default: (job: Job) => Pipeline }
  const options = module === undefined ? {} : { module }
  return make({ application, inputs, input: inputs[0]!, output, parameters, options })
}

/** Resolves when the harness closes our standard input. */
export function told(): Promise<void> {
  return new Promise(resolve => process.stdin.resume().once('end', resolve))
}

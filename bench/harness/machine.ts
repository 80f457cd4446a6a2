import { execFile } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a reader must know about the machine to place the figures. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly java: string
}

export async function describeMachine(): Promise<Machine> {
  // Java prints its version on standard error.
  const java = await run('java', ['-version']).then(
    ({ stderr }) => /"([^"]+)"/.exec(stderr)?.[1] ?? 'unknown',
    () => 'none',
  )
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    java,
  }
}

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTopic, fill, outputOfEmbedded } from '../harness/embedded-log.js'
import { runProgram } from '../harness/run-program.js'
import type { Engine, Round, Run } from '../harness/engine.js'
import type { Sample } from '../harness/samples.js'
import type { Workload } from '../harness/workload.js'
import type { Launch } from '../sluice/launch.js'

const program = fileURLToPath(new URL('../sluice/on-embedded.ts', import.meta.url))
const input = 'input'

/** Sluice on the embedded log: no broker. The log is filled once, every round works on a copy. */
class SluiceEmbedded implements Engine {
  readonly name = 'sluice-embedded'
  readonly onKafka = false
  readonly share = 1
  readonly settings = 'one process, one thread, exactly-once, the embedded log in place of a broker'
  #filled: string | undefined

  async prepare(workload: Workload, records: number): Promise<void> {
    await this.close()
    this.#filled = await mkdtemp(join(tmpdir(), 'sluice-bench-input-'))
    await fill(join(this.#filled, 'log'), input, workload.partitions, workload.records(records))
  }

  async close(): Promise<void> {
    if (this.#filled !== undefined) await rm(this.#filled, { recursive: true, force: true })
    this.#filled = undefined
  }

  async run(round: Round): Promise<Run> {
    const { workload, application, directory } = round
    const data = join(directory, 'log')
    const output = 'output'
    await cp(join(this.#filled!, 'log'), data, { recursive: true })
    await createTopic(data, output, workload.partitions)
    const { name, partitions, commitIntervalMs, cacheBytes } = workload
    const launch: Launch = {
      workload: name,
      brokers: [],
      application,
      input,
      output,
      directory: data,
      partitions,
      commitIntervalMs,
      cacheBytes,
      threads: 1,
    }
    let newest: Sample = { committed: 0, at: performance.now() }
    return runProgram(round, {
      command: { command: process.execPath, args: ['--import', 'tsx', program, JSON.stringify(launch)] },
      look: async () => newest,
      onMessage(message) {
        if (message.event !== 'committed') return
        // Its clock and ours count from different moments.
        newest = { committed: Number(message['committed']), at: Number(message['at']) - performance.timeOrigin }
      },
      output: () => outputOfEmbedded(data, output, workload.output),
    })
  }
}

export const sluiceEmbedded: Engine = new SluiceEmbedded()

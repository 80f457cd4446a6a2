import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTopic, fill, outputOfEmbedded } from '../harness/embedded-log.js'
import { programs } from '../harness/programs.js'
import { runProgram } from '../harness/run-program.js'
import { scratch } from '../harness/at-end.js'
import type { OwnEngine, Round, Run } from '../harness/engine.js'
import type { Sample } from '../harness/samples.js'
import type { Workload } from '../harness/workload.js'
import type { Launch } from '../sluice/launch.js'

/** Sluice on the embedded log: no broker. The log is filled once, every round works on a copy. */
class SluiceEmbedded implements OwnEngine {
  readonly name = 'sluice-embedded'
  readonly onKafka = false
  readonly share = 1
  readonly settings = 'one process, one thread, exactly-once, the embedded log in place of a broker'
  #filled: string | undefined

  async prepare(workload: Workload, records: number): Promise<void> {
    await this.close()
    this.#filled = await scratch()
    for (const input of workload.inputs) {
      const rows = input.records(input.count(records))
      await fill(join(this.#filled, 'log'), input.name, input.partitions, rows)
    }
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
    const { program, partitions, commitIntervalMs, cacheBytes, parameters } = workload
    const launch: Launch = {
      program,
      brokers: [],
      application,
      inputs: workload.inputs.map(({ name }) => name),
      output,
      directory: data,
      partitions,
      commitIntervalMs,
      cacheBytes,
      threads: 1,
      parameters: parameters ?? {},
    }
    let newest: Sample = { committed: 0, inputs: 0, done: false, at: performance.now() }
    const file = await programs('on-embedded')
    return runProgram(round, {
      command: { command: process.execPath, args: [file, JSON.stringify(launch)] },
      look: async () => newest,
      onMessage(message) {
        if (message.event !== 'committed') return
        // Its clock and ours count from different moments.
        const at = Number(message['at']) - performance.timeOrigin
        const committed = Number(message['committed'])
        newest = { committed, inputs: committed, done: message['drained'] === true && committed >= round.records, at }
      },
      output: () => outputOfEmbedded(data, output, workload),
    })
  }
}

export const sluiceEmbedded: OwnEngine = new SluiceEmbedded()

import { outputOnKafka } from './check.js'
import type { KafkaRound, Run } from './engine.js'
import type { Command } from './process.js'
import { runProgram } from './run-program.js'

/** Runs a program on the cluster of the run; its group's committed positions are read by the harness's own client. */
export function runOnKafka(round: KafkaRound, command: Command): Promise<Run> {
  const { cluster, application, inputs, output, workload, records } = round
  return runProgram(round, {
    command,
    async look() {
      const before = performance.now()
      const progress = await cluster.progress(application, inputs)
      const at = (before + performance.now()) / 2
      const done = progress.inputs >= records && (await cluster.isThrough(application))
      return { at, committed: progress.all, inputs: progress.inputs, done }
    },
    brokerCpuSeconds: () => cluster.cpuSeconds(),
    output: () => outputOnKafka(cluster.brokers, output, workload),
  })
}

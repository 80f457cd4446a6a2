import { outputOnKafka } from './check.js'
import type { KafkaRound, Run } from './engine.js'
import type { Command } from './process.js'
import { runProgram } from './run-program.js'

/** Runs a program on the cluster of the run; its group's committed positions are read by the harness's own client. */
export function runOnKafka(round: KafkaRound, command: Command): Promise<Run> {
  const { cluster, application, input, output, workload } = round
  return runProgram(round, {
    command,
    async look() {
      const before = performance.now()
      const committed = await cluster.committed(application, input)
      return { at: (before + performance.now()) / 2, committed }
    },
    output: () => outputOnKafka(cluster.brokers, output, workload.output),
  })
}

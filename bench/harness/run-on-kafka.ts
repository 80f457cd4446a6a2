import { outputOnKafka } from './check.js'
import type { KafkaRound, Run } from './engine.js'
import { startProgram, type Command } from './process.js'
import { watch } from './samples.js'

/** Runs an engine's program until the group it names has committed the end of the input. */
export async function runOnKafka(round: KafkaRound, command: Command): Promise<Run> {
  const { cluster, application, input, output, records, warmUp } = round
  const program = startProgram(command)
  try {
    let warmCpu = NaN
    const samples = await Promise.race([
      watch(
        () => cluster.committed(application, input),
        records,
        round.limitMs,
        async ({ committed }) => {
          if (Number.isNaN(warmCpu) && committed >= warmUp) warmCpu = await program.cpuSeconds()
        },
      ),
      program.failed,
    ])
    const cpuSeconds = (await program.cpuSeconds()) - warmCpu
    const peakBytes = await program.peakBytes()
    await program.end()
    return {
      samples,
      startedAt: program.startedAt,
      cpuSeconds,
      peakBytes,
      output: () => outputOnKafka(cluster.brokers, output, round.workload.output),
    }
  } catch (error) {
    program.kill()
    throw error
  }
}

import { programs } from '../harness/programs.js'
import { runOnKafka } from '../harness/on-kafka.js'
import type { Engine, KafkaRound, Run } from '../harness/engine.js'
import type { Launch } from '../sluice/launch.js'

/** Sluice on the same broker as the others. */
export const sluice: Engine = {
  name: 'sluice',
  onKafka: true,
  share: 1,
  settings: 'one process, one thread, exactly-once, LevelDB, changelog',
  run: round => runSluice(round, 1),
}

/** Runs Sluice's program with so many threads. */
export async function runSluice(round: KafkaRound, threads: number): Promise<Run> {
  const { workload, cluster, application, inputs, output, directory } = round
  const { program, partitions, commitIntervalMs, cacheBytes } = workload
  const launch: Launch = {
    program,
    brokers: cluster.brokers,
    application,
    inputs,
    output,
    directory,
    partitions,
    commitIntervalMs,
    cacheBytes,
    threads,
  }
  const file = await programs('on-kafka')
  return runOnKafka(round, { command: process.execPath, args: [file, JSON.stringify(launch)] })
}

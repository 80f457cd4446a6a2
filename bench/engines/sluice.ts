import { fileURLToPath } from 'node:url'
import { runOnKafka } from '../harness/on-kafka.js'
import type { Engine, KafkaRound, Run } from '../harness/engine.js'
import type { Launch } from '../sluice/launch.js'

const program = fileURLToPath(new URL('../sluice/on-kafka.ts', import.meta.url))

/** Sluice on the same broker as the others. */
export const sluice: Engine = {
  name: 'sluice',
  onKafka: true,
  share: 1,
  settings: 'one process, one thread, exactly-once, LevelDB, changelog',
  run: round => runSluice(round, 1),
}

/** Runs Sluice's program with so many threads. */
export function runSluice(round: KafkaRound, threads: number): Promise<Run> {
  const { workload, cluster, application, input, output, directory } = round
  const { name, partitions, commitIntervalMs, cacheBytes } = workload
  const launch: Launch = {
    workload: name,
    brokers: cluster.brokers,
    application,
    input,
    output,
    directory,
    partitions,
    commitIntervalMs,
    cacheBytes,
    threads,
  }
  return runOnKafka(round, {
    command: process.execPath,
    args: ['--import', 'tsx', program, JSON.stringify(launch)],
  })
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { programs } from '../harness/programs.js'
import type { KafkaEngine } from '../harness/engine.js'
import type { Launch } from '../sluice/launch.js'

/** Sluice on the same broker as the others. */
export const sluice: KafkaEngine = sluiceWith('sluice', 1, 'one process, one thread, exactly-once, LevelDB, changelog')

/** Sluice with its tasks on two threads. */
export const sluice2: KafkaEngine = sluiceWith(
  'sluice-2',
  2,
  'one process, two threads, exactly-once, LevelDB, changelog',
)

/** One thread on one core, which leaves the others to the broker: what two threads on two cores are held against. */
export const sluiceOnOneCore: KafkaEngine = {
  ...sluice,
  name: 'sluice-1-core',
  settings: 'one process, one thread, held to one core (taskset), exactly-once, LevelDB, changelog',
  missing: () =>
    promisify(execFile)('taskset', ['--version']).then(
      () => undefined,
      () => 'there is no taskset',
    ),
  async command(place) {
    const { command, args } = await sluice.command(place)
    return { command: 'taskset', args: ['-c', '0', command, ...args] }
  },
}

function sluiceWith(name: string, threads: number, settings: string): KafkaEngine {
  return {
    name,
    onKafka: true,
    share: 1,
    settings,
    async command({ workload, cluster, application, inputs, output, directory }) {
      const { program, partitions, commitIntervalMs, cacheBytes, parameters } = workload
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
        parameters: parameters ?? {},
      }
      return { command: process.execPath, args: [await programs('on-kafka'), JSON.stringify(launch)] }
    },
  }
}

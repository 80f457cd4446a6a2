import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KafkaEngine } from '../harness/engine.js'
import type { Workload } from '../harness/workload.js'

/** What a user would write by hand with kafkajs: a transaction per batch, the state in a Map and in LevelDB. */
export const kafkajs = byHand(
  'kafkajs',
  '',
  'kafkajs 2.2.4, a loop by hand, a transaction per fetched batch, a Map over LevelDB',
)

/** The same with the promises of a stream processor: a changelog, read again where LevelDB is not at what is committed. */
export const kafkajsChangelog = byHand(
  'kafkajs-changelog',
  '-changelog',
  'the loop with a changelog, so that its state is right behind a death',
)

/** The programs `kafkajs/<program><ending>.ts`. */
function byHand(name: string, ending: string, settings: string): KafkaEngine {
  const programOf = ({ program }: Workload): string =>
    fileURLToPath(new URL(`../kafkajs/${program}${ending}.ts`, import.meta.url))
  return {
    name,
    onKafka: true,
    share: 0.5,
    settings,
    does: workload => existsSync(programOf(workload)),
    async command({ workload, cluster, application, inputs, output, directory }) {
      const options = { brokers: cluster.brokers, application, input: inputs[0], output, directory }
      return { command: process.execPath, args: ['--import', 'tsx', programOf(workload), JSON.stringify(options)] }
    },
  }
}

import { fileURLToPath } from 'node:url'
import { runOnKafka } from '../harness/on-kafka.js'
import type { Engine } from '../harness/engine.js'

/** What a user would write by hand with kafkajs: a transaction per batch, the state in a Map and in LevelDB. */
export const kafkajs: Engine = {
  name: 'kafkajs',
  onKafka: true,
  share: 0.5,
  settings: 'kafkajs 2.2.4, a loop by hand, a transaction per fetched batch, a Map over LevelDB',
  run(round) {
    const { workload, cluster, application, input, output, directory } = round
    const program = fileURLToPath(new URL(`../kafkajs/${workload.name}.ts`, import.meta.url))
    const options = { brokers: cluster.brokers, application, input, output, directory }
    return runOnKafka(round, {
      command: process.execPath,
      args: ['--import', 'tsx', program, JSON.stringify(options)],
    })
  },
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KafkaEngine } from '../harness/engine.js'

/** What a user would write by hand with kafkajs: a transaction per batch, the state in a Map and in LevelDB. */
export const kafkajs: KafkaEngine = {
  name: 'kafkajs',
  onKafka: true,
  share: 0.5,
  settings: 'kafkajs 2.2.4, a loop by hand, a transaction per fetched batch, a Map over LevelDB',
  does: ({ program }) => existsSync(programOf(program)),
  async command({ workload, cluster, application, inputs, output, directory }) {
    const options = { brokers: cluster.brokers, application, input: inputs[0], output, directory }
    return {
      command: process.execPath,
      args: ['--import', 'tsx', programOf(workload.program), JSON.stringify(options)],
    }
  },
}

function programOf(name: string): string {
  return fileURLToPath(new URL(`../kafkajs/${name}.ts`, import.meta.url))
}

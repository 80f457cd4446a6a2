import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RetryOptions } from 'kafkajs'
import type { KafkaEngine } from '../harness/engine.js'

const loop = 'kafkajs 2.2.4, a loop by hand, a transaction per fetched batch, a Map over LevelDB'

/** What a user would write by hand with kafkajs: a transaction per batch, the state in a Map and in LevelDB. */
export const kafkajs: KafkaEngine = kafkajsWith(
  'kafkajs',
  0.5,
  `${loop}; kafkajs's own retries, the first after 300 ms`,
  {},
)

/** The same for one who knows that kafkajs takes a transaction begun too soon after the last one for any other failure. */
export const kafkajsTuned: KafkaEngine = kafkajsWith('kafkajs-tuned', 0.5, `${loop}; the first retry after 1 ms`, {
  initialRetryTime: 1,
})

function kafkajsWith(name: string, share: number, settings: string, retry: RetryOptions): KafkaEngine {
  return {
    name,
    onKafka: true,
    share,
    settings,
    does: ({ program }) => existsSync(programOf(program)),
    async command({ workload, cluster, application, inputs, output, directory }) {
      const options = { brokers: cluster.brokers, application, input: inputs[0], output, directory, retry }
      return {
        command: process.execPath,
        args: ['--import', 'tsx', programOf(workload.program), JSON.stringify(options)],
      }
    },
  }
}

function programOf(name: string): string {
  return fileURLToPath(new URL(`../kafkajs/${name}.ts`, import.meta.url))
}

import { Kafka, logLevel } from 'kafkajs'
import { readCeiling, Stopwatch, tell } from './said.js'

// The fetch of kafkajs: every record an object with key, value and headers, none looked at.

const { brokers, input, output, records, warmUp } = readCeiling()
const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: output, maxBytesPerPartition: 4 << 20 })
const watch = new Stopwatch(warmUp)

await consumer.connect()
await consumer.subscribe({ topics: [input], fromBeginning: true })
const rate = await new Promise<number>((resolve, reject) => {
  const run = consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      watch.add(batch.messages.length)
      if (watch.done === records) resolve(watch.rate())
    },
  })
  run.catch(reject)
})
await consumer.disconnect()
tell(rate)

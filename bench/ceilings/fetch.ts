import { kafka } from '../../src/log/kafka/kafka.js'
import { readAll } from './read-all.js'
import { readCeiling, Stopwatch, tell } from './said.js'

// The bare fetch: whole batches of the input, their checksums checked, no record looked at.

const { brokers, input, partitions, records, warmUp } = readCeiling()
const log = await kafka({ brokers: [...brokers] }).open()
const watch = new Stopwatch(warmUp)
await readAll(log, input, partitions, records, ({ batches }) => {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0)
  watch.add(count)
  return count
})
const rate = watch.rate()
await log.close()
tell(rate)

import { BatchBuilder } from '../../src/log/batch/builder.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import { RecordHeaders } from '../../src/record.js'
import { readCeiling, Stopwatch, tell } from './said.js'

// The bare append: records of the size that the stateless workload writes, made once, in transactions of 100 ms.

const { brokers, output, partitions, records, warmUp } = readCeiling()
const batchRecords = 1000
const commitMs = 100
const log = await kafka({ brokers: [...brokers] }).open()
const producer = log.producer({ transactionalId: `${output}-append` })
await producer.init()
const key = Buffer.from('import-012345')
const value = Buffer.from(JSON.stringify({ id: 1_234_567, route: 'ATL-BOS', late: false }))
const watch = new Stopwatch(warmUp)
let turn = 0
let lastCommit = performance.now()
while (watch.done < records) {
  for (let i = 0; i < partitions * 4; i++) {
    const builder = new BatchBuilder()
    for (let record = 0; record < batchRecords; record++) builder.append(record, key, value, RecordHeaders.none)
    producer.append(output, turn++ % partitions, builder)
    watch.add(batchRecords)
  }
  if (performance.now() - lastCommit < commitMs) await producer.flush()
  else {
    await producer.commit({ group: `${output}-append`, positions: [] })
    lastCommit = performance.now()
  }
}
await producer.commit({ group: `${output}-append`, positions: [] })
const rate = watch.rate()
await producer.close()
await log.close()
tell(rate)

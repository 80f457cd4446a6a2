import { embedded } from '../../src/log/embedded/embedded.js'
import { BatchBuilder } from '../../src/log/batch/builder.js'
import { RecordHeaders } from '../../src/record.js'
import { directReader } from '../../src/serde/direct.js'
import { json } from '../../src/serde/json/json.js'
import { digest } from '../harness/digest.js'
import { Commits } from './commits.js'
import { readAll } from './read-all.js'
import { readCeiling, Stopwatch, tell } from './said.js'

// The count of completed jobs as one loop over the embedded log: bytes to counts in a Map, and every 100 ms the counts that
// changed to the output, the state and the positions in one write. No topology, no tasks, no stores, no cache.

const { directory, input, output, partitions, records, warmUp } = readCeiling()
const log = await embedded(directory).open()
const producer = log.producer({ transactionalId: 'fused-loop' })
await producer.init()

const read = directReader(json<{ status: string }>())
const counts = Array.from({ length: partitions }, () => new Map<string, number>())
const changed = Array.from({ length: partitions }, () => new Set<string>())
const positions = Array.from({ length: partitions }, () => 0)
const watch = new Stopwatch(warmUp)
let lastTime = 0

const commits = new Commits(() => {
  const state = log.state!.batch()
  for (let partition = 0; partition < partitions; partition++) {
    if (changed[partition]!.size === 0) continue
    const builder = new BatchBuilder()
    for (const name of changed[partition]!) {
      const key = Buffer.from(name)
      const value = Buffer.allocUnsafe(8)
      value.writeBigInt64BE(BigInt(counts[partition]!.get(name)!))
      builder.append(lastTime, key, value, RecordHeaders.none)
      state.put('counts', key, value)
    }
    changed[partition]!.clear()
    producer.append(output, partition, builder)
  }
  const at = positions.map((offset, partition) => ({ topic: input, partition, offset, metadata: '' }))
  return producer.commit({ group: 'fused-loop', positions: at, state })
})

await readAll(log, input, partitions, records, ({ partition, batches, next }) => {
  let count = 0
  const ours = counts[partition]!
  for (const batch of batches) {
    const cursor = batch.cursor()
    while (cursor.next()) {
      count++
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      if (read(buffer, valueStart, valueEnd).status !== 'completed') continue
      const key = buffer.toString('utf8', keyStart, keyEnd)
      ours.set(key, (ours.get(key) ?? 0) + 1)
      changed[partition]!.add(key)
      lastTime = cursor.timestamp
    }
  }
  positions[partition] = next
  watch.add(count)
  commits.tick()
  return count
})
await commits.end()
const rate = watch.rate()
await producer.close()
await log.close()
const entries = counts.flatMap(each => Array.from(each, ([key, count]) => [key, String(count)] as const))
tell(rate, { digest: digest(entries) })

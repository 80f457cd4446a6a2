import { afterEach, expect, test } from 'vitest'
import { json, long, pipeline, store, string, topic } from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { recordWriter } from '../../src/log/record-writer.js'
import type { RestoreProgress, Running, StartOptions } from '../../src/runtime/options.js'

const words = topic('words', { key: string, value: json<{ word: string }>() })
const totals = topic('totals', { key: string, value: long })
const counts = store('counts', { key: string, value: long })

function counting(inMemory: boolean) {
  const p = pipeline('counting', { value: json() })
  p.stream(words)
    .groupBy(({ word }) => word)
    .count({ as: counts, ...(inMemory && { in: 'memory' as const }) })
    .toStream({ tombstones: false })
    .to(totals)
  return p
}

const running: Running[] = []
afterEach(async () => {
  await Promise.allSettled(running.splice(0).map(app => app.close()))
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(next => setImmediate(next))
}

test('smoke', async () => {
  const log = memoryLog()
  await log.topics.create([{ name: 'words', partitions: 4 }, { name: 'totals', partitions: 2 }])
  const a = await counting(false).start({ log, standbys: 1 })
  running.push(a)
  const write = async (from: number, to: number) => {
    const producer = log.producer({})
    await producer.init()
    const writer = await recordWriter(log, producer, ['words'])
    for (let n = from; n < to; n++) writer.write(words, { key: `k${n}`, value: { word: `w${n % 1700}` }, timestamp: n })
    writer.handOver()
    await producer.flush()
    await producer.close()
  }
  await write(0, 5000)
  await a.drained()
  const restored: RestoreProgress[] = []
  const b = await counting(false).start({ log, standbys: 1, onRestore: p => restored.push(p) })
  running.push(b)
  await until(() => b.status.standbys.length + a.status.standbys.length === 4)
  console.log(JSON.stringify([a.status, b.status, restored.length]))
  await write(5000, 6000)
  await b.drained()
  await until(() => [...a.status.standbys, ...b.status.standbys].every(s => s.lag === 0))
  console.log(JSON.stringify([a.status, b.status]))
  restored.length = 0
  await a.close()
  await b.drained()
  console.log(JSON.stringify([b.status, restored]))
})

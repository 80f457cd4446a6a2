import { readRecords, recordWriter, type Log } from 'sluice'
import { expect } from 'vitest'
import { totals, words } from './fixtures/counting.js'

/** Makes the topics of the counting pipeline and lets its threads know its name. `config` is that of the output. */
export async function makeTopics(log: Log, app: string, config: Record<string, string> = {}): Promise<void> {
  process.env['THREADS_APP'] = app
  await log.topics.create([
    { name: words(app).name, partitions: 4 },
    { name: totals(app).name, partitions: 2, config },
  ])
}

/** Writes the words number `from` to `to`. */
export async function write(log: Log, app: string, from: number, to: number, word = wordOf): Promise<void> {
  const topic = words(app)
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [topic.name])
  for (let n = from; n < to; n++) writer.write(topic, { key: `k${n}`, value: { word: word(n), n }, timestamp: n })
  writer.handOver()
  await producer.flush()
  await producer.close()
}

function wordOf(n: number): string {
  return `w${n % 97}`
}

/** How often each word is among the first `to`. */
export function expected(to: number, word = wordOf): Record<string, number> {
  const all: Record<string, number> = {}
  for (let n = 0; n < to; n++) all[word(n)] = (all[word(n)] ?? 0) + 1
  return all
}

/** The last count of every word, checking on the way that counts only ever grow. */
export async function lastTotals(log: Log, app: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for await (const { key, value } of readRecords(log, totals(app))) {
    expect(value!).toBeGreaterThan(found[key!] ?? 0)
    found[key!] = value!
  }
  return found
}

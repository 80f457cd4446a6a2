import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embedded, json, pipeline, readRecords, recordWriter, string, topic, type MapAsyncOptions } from 'sluice'
import { random as seededRandom } from '../harness/random.js'

const usage = `node --import tsx bench/stragglers/run.ts [--records 4000] [--seed 1]
  Calls of 4 ms, one in twenty of them of 200 ms, in one task: how long all of them take, against the ideal
  (what the calls took together, shared by 32 slots), by key, by partition and one by one.`

if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const records = option('records', 6000)
const seed = option('seed', 1)
const concurrency = 32

const random = seededRandom(seed)
const keys = Math.ceil(records / 2)
const jobs = topic('jobs', { key: string, value: json<{ n: number; ms: number }>() })
const done = topic('done', { key: string, value: json<number>() })
const work = Array.from({ length: records }, (_, n) => ({
  key: `k${Math.floor(random() * keys)}`,
  value: { n, ms: random() < 0.05 ? 200 : 4 },
}))

/** The seconds from start to drained, and those that the calls took together; the order of each key is checked. */
async function measure(
  options: MapAsyncOptions<string, { n: number; ms: number }>,
): Promise<{ readonly seconds: number; readonly calls: number }> {
  let calls = 0
  const directory = await mkdtemp(join(tmpdir(), 'sluice-stragglers-'))
  const log = await embedded(directory).open()
  await log.topics.create([jobs, done].map(({ name }) => ({ name, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [jobs.name])
  for (const { key, value } of work) writer.write(jobs, { key, value })
  writer.handOver()
  await producer.flush()
  const app = pipeline('stragglers', { value: json() })
  app
    .stream(jobs)
    .mapAsync(async ({ n, ms }) => {
      const begun = performance.now()
      await new Promise(resolve => setTimeout(resolve, ms))
      calls += performance.now() - begun
      return n
    }, options)
    .to(done)
  const began = performance.now()
  const running = await app.start({ log })
  await running.drained()
  const seconds = (performance.now() - began) / 1000
  await running.close()
  const latest = new Map<string | null, number>()
  let count = 0
  for await (const { key, value } of readRecords(log, done)) {
    if ((latest.get(key) ?? -1) > value!) throw new Error(`the order of ${key} is lost at ${value}`)
    latest.set(key, value!)
    count++
  }
  if (count !== records) throw new Error(`${count} results of ${records} records`)
  await producer.close()
  await log.close()
  await rm(directory, { recursive: true })
  return { seconds, calls: calls / 1000 }
}

console.log(`seed ${seed}: ${records} calls of ${keys} keys`)
for (const [name, options] of [
  ['by key', { concurrency, order: 'key' }],
  ['in the order of the partition', { concurrency, order: 'partition' }],
  ['one after the other, as a plain loop over a partition', { concurrency: 1, order: 'partition' }],
] as const) {
  const { seconds, calls } = await measure(options)
  const ideal = calls / concurrency
  console.log(
    `${name}: ${seconds.toFixed(2)} s, ${(seconds / ideal).toFixed(2)} times the ideal of ${ideal.toFixed(2)} s`,
  )
}

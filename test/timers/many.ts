import { embedded, pipeline, recordWriter, string, topic, type Log } from 'sluice'

/**
 * Takes in so many records that are to wait for a day, each of half a kilobyte, and then lets them through. Tells the most
 * memory that was in use meanwhile beyond that at the start (heap and buffers, in MiB), and how many came through.
 */
const [dir, text] = process.argv.slice(2)
const count = Number(text)
const input = topic('input', { key: string, value: string })
const output = topic('output', { key: string, value: string })

/** A clock that the program moves a day ahead once. */
let ahead = 0
const clock = {
  now: () => Date.now() + ahead,
  after(ms: number, call: () => void) {
    const timer = setTimeout(call, Math.min(ms, 200))
    return () => clearTimeout(timer)
  },
}

const log = await embedded(dir!).open()
await log.topics.create([input, output].map(({ name }) => ({ name, partitions: 1 })))
await write(log)

let passed = 0
let inOrder = true
const p = pipeline('many')
p.stream(input)
  .delay('1d')
  .peek((value, key) => {
    inOrder &&= key === `key-${passed}` && value.length === 500
    passed++
  })
  .filter(() => passed % 1_000 === 0)
  .to(output)

globalThis.gc?.()
const used = () => {
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}
const before = used()
let most = 0
const sampling = setInterval(() => {
  globalThis.gc?.()
  most = Math.max(most, used() - before)
}, 250)
const app = await p.start({ log, clock, cacheBytes: 4 << 20, maxUncommittedBytes: 4 << 20 })
await app.drained()
const waited = passed
ahead = 86_400_000
while (passed < count && app.status.error === undefined) await new Promise(resolve => setTimeout(resolve, 20))
clearInterval(sampling)
await app.close()
await log.close()
process.stdout.write(`${JSON.stringify({ waited, passed, inOrder, most: Math.round(most) })}\n`)

async function write(to: Log): Promise<void> {
  const producer = to.producer({ transactionalId: 'many-writer' })
  await producer.init()
  const writer = await recordWriter(to, producer, [input.name])
  for (let i = 0; i < count; i++) {
    writer.write(input, { key: `key-${i}`, value: String(i).padEnd(500, 'x') })
    if (i % 10_000 !== 9_999 && i + 1 < count) continue
    writer.handOver()
    await producer.commit({ group: 'many-writer', positions: [] })
  }
  await producer.close()
}

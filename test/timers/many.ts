import { readFileSync } from 'node:fs'
import { embedded, pipeline, recordWriter, string, topic, type Log } from 'sluice'

/** What this program tells at its end. */
export interface Found {
  /** How many did not wait. */
  readonly waited: number
  readonly passed: number
  readonly inOrder: boolean
  readonly before: Memory
  readonly pending: Memory
  readonly most: Memory
}

/** In MiB: heap and buffers; on Linux all memory that is the process's own, LevelDB's included. */
interface Memory {
  heap: number
  process: number
}

/**
 * Takes in so many records that are to wait for a day, each of half a kilobyte, and then lets them through. Tells how many
 * came through, and the memory in use at the start, while all waited, and at most.
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

const before = used()
const most = { ...before }
const sampling = setInterval(() => {
  const now = used()
  most.heap = Math.max(most.heap, now.heap)
  most.process = Math.max(most.process, now.process)
}, 500)
const app = await p.start({ log, clock, cacheBytes: 4 << 20, maxUncommittedBytes: 4 << 20 })
await app.drained()
const waited = passed
const pending = used()
ahead = 86_400_000
while (passed < count && app.status.error === undefined) await new Promise(resolve => setTimeout(resolve, 20))
clearInterval(sampling)
await app.close()
await log.close()
process.stdout.write(`${JSON.stringify({ waited, passed, inOrder, before, pending, most } satisfies Found)}\n`)

function used(): Memory {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return { heap: Math.round((heapUsed + external) / 2 ** 20), process: Math.round(own() / 1024) }
}

/** In KiB; files that LevelDB maps are not among it. */
function own(): number {
  if (process.platform !== 'linux') return 0
  return Number(/^RssAnon:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0)
}

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

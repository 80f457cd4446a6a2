import { Level } from 'level'
import { loop, readJob } from './loop.js'

const job = readJob()
const level = new Level(job.directory)
const counts = new Map<string, number>()

await level.open()
await loop(
  job,
  async (batch, write) => {
    const completed = batch.messages
      .filter(({ value }) => (JSON.parse(value!.toString()) as { status: string }).status === 'completed')
      .map(({ key }) => key!.toString())
    const unknown = [...new Set(completed.filter(key => !counts.has(key)))]
    const stored = await level.getMany(unknown)
    unknown.forEach((key, i) => counts.set(key, Number(stored[i] ?? 0)))
    const changed = new Map<string, string>()
    for (const key of completed) {
      const count = counts.get(key)! + 1
      counts.set(key, count)
      changed.set(key, String(count))
    }
    await write(Array.from(changed, ([key, value]) => ({ key, value: int64(value) })))
    await level.batch(Array.from(changed, ([key, value]) => ({ type: 'put' as const, key, value })))
  },
  () => level.close(),
)

function int64(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(BigInt(text))
  return bytes
}

import { Level } from 'level'
import { random } from '../harness/random.js'
import { readCeiling, tell } from './said.js'

// LevelDB by itself: chained batches of 8-byte counts under keys of 13 bytes, and synchronous reads of keys that are there.

const { directory, records } = readCeiling()
const keys = 100_000
const batchKeys = 10_000
const db = new Level<Buffer, Buffer>(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
await db.open()
const draw = random(5)
const names = Array.from({ length: keys }, (_, i) => Buffer.from(`import-${String(i).padStart(6, '0')}`))
const some = (): Buffer => names[Math.floor(draw() * keys)]!
const value = Buffer.alloc(8)

async function put(count: number): Promise<number> {
  const begun = performance.now()
  for (let done = 0; done < count; done += batchKeys) {
    const batch = db.batch()
    for (let i = 0; i < batchKeys; i++) batch.put(some(), value)
    await batch.write()
  }
  return (count / (performance.now() - begun)) * 1000
}

function get(count: number): number {
  const begun = performance.now()
  let found = 0
  for (let i = 0; i < count; i++) if (db.getSync(some()) !== undefined) found++
  if (found === 0) throw new Error('no key was found')
  return (count / (performance.now() - begun)) * 1000
}

for (let at = 0; at < keys; at += batchKeys) {
  await db.batch(names.slice(at, at + batchKeys).map(key => ({ type: 'put' as const, key, value })))
}
await put(records / 4)
const puts = await put(records)
get(records / 10)
const gets = get(records / 2)
await db.close()
tell(puts, { gets })

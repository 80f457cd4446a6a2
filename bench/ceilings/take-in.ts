import { join } from 'node:path'
import { Level, type ChainedBatch } from 'level'
import { asBytes } from '../../src/store/level-store.js'
import { readCeiling, tell } from './said.js'

// LevelDB by itself takes in a state: the entries that a restore of as many counts writes, in their order, into a database
// for each partition. As a restore it fills one batch of half a MiB while the one before is written, through the calls that
// neither resolve encodings nor copy options.

interface DirectBatch {
  _put(key: Buffer, value: Buffer): void
}

const { directory, records, partitions } = readCeiling()
const batchBytes = 512 << 10
const digits = 8

async function takeIn(partition: number): Promise<void> {
  const db = new Level<Buffer, Buffer>(join(directory, String(partition)), asBytes)
  await db.open()
  // The number of the store before the key, the timestamp before the count.
  const key = Buffer.from(`\u0001import-${'0'.repeat(digits)}`, 'latin1')
  const value = Buffer.alloc(16)
  value[15] = 1
  let written: Promise<void> | undefined
  for (let id = partition; id < records;) {
    const batch: ChainedBatch<typeof db, Buffer, Buffer> = db.batch()
    for (let bytes = 0; bytes < batchBytes && id < records; id += partitions, bytes += key.length + value.length) {
      for (let at = key.length - 1, left = id; at >= key.length - digits; at--, left = Math.floor(left / 10))
        key[at] = 48 + (left % 10)
      value.writeBigInt64BE(1_000_000_000_000n + BigInt(id))
      // A batch of which its public methods know nothing is not written.
      if (bytes === 0) batch.put(key, value, asBytes)
      else (batch as unknown as DirectBatch)._put(key, value)
    }
    await written
    written = batch.write()
  }
  await written
  await db.close()
}

const begun = performance.now()
await Promise.all(Array.from({ length: partitions }, (_, partition) => takeIn(partition)))
const seconds = (performance.now() - begun) / 1000
tell(records / seconds, { seconds })

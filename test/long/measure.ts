import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bytes, readRecords, topic, type Log } from '../../dsl/index.js'
import type { StateDb } from '../../src/store/state-db.js'
import type { TopologySpec } from '../../src/topology/spec.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that the process has: its heap and buffers after a collection, and all of its memory. */
export function memory(): { readonly heap: number; readonly rss: number } {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}

/** Bytes of the files in the directories below `root` that `counts` takes. */
export async function diskBytes(root: string, counts: (directory: string) => boolean = () => true): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && counts(entry.parentPath))
  // LevelDB and brokers delete files at any time.
  const sizes = files.map(({ parentPath, name }) =>
    stat(join(parentPath, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** What a store keeps beside itself. */
const parts = ['', '~times', '~lists', '~clocks', '~history', '~waiting']

/** How many keys each store of a task has. */
export async function storeKeys(
  db: StateDb,
  spec: TopologySpec,
  nameOf: (store: string) => string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { name } of spec.stores) {
    for (const part of parts) {
      let count = 0
      for await (const _ of db.store(nameOf(`${name}${part}`)).entries()) count++
      if (count > 0) counts[`${name}${part}`] = count
    }
  }
  return counts
}

/** How many records the changelogs hold, and how many keys in them have a value. */
export async function changelogs(
  log: Log,
  application: string,
): Promise<{ readonly records: number; readonly live: number }> {
  let records = 0
  let live = 0
  for (const name of await log.topics.list()) {
    if (!name.startsWith(`${application}-`) || !name.endsWith('-changelog')) continue
    const latest = new Map<string, boolean>()
    for await (const { key, value, partition } of readRecords(log, topic(name, { key: bytes, value: bytes }))) {
      records++
      latest.set(`${partition} ${Buffer.from(key!).toString('latin1')}`, value !== null)
    }
    for (const isThere of latest.values()) if (isThere) live++
  }
  return { records, live }
}

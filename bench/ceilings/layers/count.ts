import { join } from 'node:path'
import type { Producer } from '../../../src/log/log.js'
import { RecordHeaders } from '../../../src/record.js'
import { readUtf8 } from '../../../src/serde/text.js'
import { LevelStateDb } from '../../../src/store/level-db.js'
import { openLevel } from '../../../src/store/open-level.js'
import type { StateLoad } from '../../../src/store/state-db.js'
import { Batches } from './batches.js'
import { changelogOf, does, type Layer } from './layer.js'
import type { Rest } from './rest.js'

/** What the count does: counts in a Map, and at a commit those that changed to the output, a changelog and LevelDB. */
export async function count(layer: Layer, producer: Producer | undefined): Promise<Rest> {
  const { directory, output, partitions } = layer
  const [keys, counts, builds] = [does(layer, 'key'), does(layer, 'map'), does(layer, 'batches')]
  const out = new Batches(output, partitions, producer)
  const changelog = new Batches(changelogOf(output), partitions, producer)
  const level = does(layer, 'level') ? await openLevel(join(directory, 'counts'), 'the counts') : undefined
  const state = level && new LevelStateDb(level)
  const known = Array.from({ length: partitions }, () => new Map<string, number>())
  const changed = Array.from({ length: partitions }, () => new Set<string>())
  let lastTime = 0
  let load: StateLoad | undefined
  return {
    take(partition, { timestamp, buffer, keyStart, keyEnd }) {
      if (!keys) return
      const name = readUtf8(buffer, keyStart, keyEnd)
      if (!counts) return
      const ours = known[partition]!
      ours.set(name, (ours.get(name) ?? 0) + 1)
      if (!builds) return
      changed[partition]!.add(name)
      lastTime = timestamp
    },
    handOver() {
      load = state?.load()
      for (const [partition, names] of changed.entries()) {
        for (const name of names) {
          const key = Buffer.from(name)
          const value = Buffer.allocUnsafe(8)
          value.writeBigInt64BE(BigInt(known[partition]!.get(name)!))
          out.of(partition).append(lastTime, key, value, RecordHeaders.none)
          changelog.of(partition).append(lastTime, key, value, RecordHeaders.none)
          load?.put('counts', key, value)
        }
        names.clear()
      }
      out.handOver()
      changelog.handOver()
    },
    committed: async () => load?.write(),
    close: async () => level?.close(),
  }
}

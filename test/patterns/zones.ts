import { expect, it } from 'vitest'
import {
  long,
  pipeline,
  readRecords,
  store,
  string,
  topic,
  type Log,
  type Pipeline,
  type Running,
} from '../../dsl/index.js'
import type { StartOptions } from '../../src/runtime/options.js'
import { texts, write } from './helpers.js'

const zones = ['eu-a', 'eu-b', 'eu-c']
const shards = 6

export interface ZoneLog {
  readonly log: Log
  /** A name that nothing else on this log has. */
  readonly name: (what: string) => string
  /** What an instance is started with: each has a directory of its own. */
  readonly options: (zone: string) => Partial<StartOptions>
}

/** What holds on every log that several instances can share. */
export function zoneContract(open: () => Promise<ZoneLog>): void {
  it('its shards move when a zone goes and come home when it is back; the others stay, and each record counts once', async () => {
    const { log, name, options } = await open()
    const [words, totals, application] = [name('words'), name('totals'), name('zoned')]
    await log.topics.create([words, totals].map(each => ({ name: each, partitions: 2 })))
    const running = new Map<string, Running>()
    const start = async (zone: string): Promise<void> => {
      running.set(zone, await sharded(application, words, totals).start({ log, zone, ...options(zone) }))
    }
    const stop = async (zone: string): Promise<void> => {
      await running.get(zone)!.close()
      running.delete(zone)
    }
    try {
      for (const zone of zones) await start(zone)
      await until(() => everyHome(running))
      await write(log, rows(words, 0, 300))
      await running.get('eu-b')!.drained()

      const before = shardsOf(running)
      await stop('eu-b')
      await until(() => [...shardsOf(running).values()].flat().length === shards)
      for (const zone of ['eu-a', 'eu-c']) {
        expect(shardsOf(running).get(zone)).toEqual(expect.arrayContaining(before.get(zone)!))
        expect(shardsOf(running).get(zone)).toHaveLength(3)
      }
      await write(log, rows(words, 300, 600))
      await running.get('eu-a')!.drained()

      await start('eu-b')
      await until(() => everyHome(running))
      await write(log, rows(words, 600, 900))
      await running.get('eu-c')!.drained()
      expect(await last(log, totals)).toEqual(new Map(Array.from({ length: 30 }, (_, i) => [`w${i}`, 30])))
    } finally {
      await Promise.allSettled([...running.values()].map(app => app.close()))
      await log.close()
    }
  })
}

function sharded(application: string, words: string, totals: string): Pipeline {
  const p = pipeline(application)
  p.stream(texts(words))
    .shard({ by: word => word, shards, zones, as: 'by-word' })
    .groupByKey()
    .count({ as: store('counts', { key: string, value: long }) })
    .toStream({ tombstones: false })
    .to(topic(totals, { key: string, value: long }))
  return p
}

const rows = (words: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ topic: words, key: `k${from + i}`, value: `w${(from + i) % 30}` }))

/** The shards that each instance works on. */
function shardsOf(running: ReadonlyMap<string, Running>): Map<string, string[]> {
  return new Map(
    [...running].map(([zone, app]) => [zone, app.status.tasks.filter(task => task.startsWith('by-word-repartition-'))]),
  )
}

function everyHome(running: ReadonlyMap<string, Running>): boolean {
  const found = shardsOf(running)
  return zones.every((zone, z) => {
    const home = Array.from({ length: shards }, (_, s) => s).filter(s => s % zones.length === z)
    return found.get(zone)?.toSorted().join() === home.map(s => `by-word-repartition-${s}`).join()
  })
}

async function last(log: Log, totals: string): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for await (const { key, value } of readRecords(log, topic(totals, { key: string, value: long }))) {
    expect(value!).toBeGreaterThan(found.get(key!) ?? 0)
    found.set(key!, value!)
  }
  return found
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(next => setTimeout(next, 5))
}

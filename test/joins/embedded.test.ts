import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { embedded, readRecords, type Log, type Pipeline } from '../../dsl/index.js'
import { both, outputs, pair, texting, texts } from './differential.js'
import { writeRecords } from '../write-records.js'

type Record_ = readonly [topic: string, key: string, value: string | null, timestamp: number]

/** In the order of time, so that it makes no difference whether records come one by one or all at once. */
const records = Array.from({ length: 300 }, (_, i): Record_ => {
  const value = i % 11 === 0 ? null : String((i * 7) % 10)
  return [(i * 5) % 3 === 0 ? 'l' : 'r', `b${(i * 3) % 4}`, value, i * 4]
})

const pipelines: Readonly<Record<string, () => Pipeline>> = {
  'two streams': () => {
    const p = texting()
    p.stream(texts('l'), both)
      .outerJoin(p.stream(texts('r'), both), pair, { before: 10, after: 20, grace: 5 })
      .to(texts('out'))
    return p
  },
  'a stream and a versioned table, with a grace': () => {
    const p = texting()
    const table = p.table(texts('r'), { as: 'r', history: 600 })
    p.stream(texts('l'), both).leftJoin(table, pair, { grace: 20 }).to(texts('out'))
    return p
  },
  'two tables, by a foreign key': () => {
    const p = texting()
    const options = { on: (text: string) => `b${Number(text) % 4}`, as: 'joined', cache: false }
    const left = p.table(texts('l'), { as: 'l', cache: false })
    left
      .leftJoin(p.table(texts('r'), { as: 'r', cache: false }), pair, options)
      .toStream()
      .to(texts('out'))
    return p
  },
}

async function write(log: Log, list: readonly Record_[]): Promise<void> {
  await writeRecords(log, ['l', 'r'], writer => {
    for (const [name, key, value, timestamp] of list) writer.write(texts(name), { key, value, timestamp })
  })
}

/** The rows that are there in the end. */
function latest(
  list: readonly (readonly [key: string | null, value: string | null])[],
): Map<string | null, string | null> {
  return new Map([...new Map(list)].filter(([, value]) => value !== null))
}

describe.each(Object.entries(pipelines))('a join of %s, on the embedded log', (name, build) => {
  it('gives the same as the test driver, in two runs', { timeout: 60_000 }, async () => {
    const wanted = (await outputs(build(), records)).map(([, key, value]) => [key, value] as const)
    const dir = await mkdtemp(join(tmpdir(), 'sluice-joins-'))
    const log = await embedded(dir).open()
    try {
      await log.topics.create(['l', 'r', 'out'].map(topic => ({ name: topic, partitions: 1 })))
      for (const part of [records.slice(0, 170), records.slice(170)]) {
        await write(log, part)
        await using app = await build().start({ log })
        await app.drained()
      }
      const found: (readonly [string | null, string | null])[] = []
      for await (const { key, value } of readRecords(log, texts('out'))) found.push([key, value])
      // What an answer finds depends on how far the other table has come; in the end it is the same.
      if (name.includes('foreign')) expect(latest(found)).toEqual(latest(wanted))
      else expect(found).toEqual(wanted)
      expect(found.length).toBeGreaterThan(20)
    } finally {
      await log.close()
      await rm(dir, { recursive: true })
    }
  })
})

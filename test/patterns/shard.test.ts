import { describe, expect, it } from 'vitest'
import { pipeline, readRecords } from '../../dsl/index.js'
import { rendezvousOf } from '../../src/log/rendezvous.js'
import { logWith, read, texts, write } from './helpers.js'

const by = (value: string) => value
const words = Array.from({ length: 200 }, (_, i) => `w${i}`)

/** The partitions of the internal topic in which each word lies. */
async function placesOf(options: { shards: number; place?: (key: string, shards: number) => number }) {
  const log = await logWith(['in', 'out'], 3)
  const p = pipeline('app')
  p.stream(texts('in'))
    .shard({ by, as: 'sharded', ...options })
    .to(texts('out'))
  await write(
    log,
    words.map((value, i) => ({ topic: 'in', key: `k${i}`, value })),
  )
  // Records that are worked on are deleted from time to time: not within this second.
  const app = await p.start({ log })
  await app.drained()
  await app.close()
  const places = new Map<string, number>()
  for await (const { key, partition } of readRecords(log, texts('app-sharded-repartition'))) places.set(key!, partition)
  await log.close()
  return places
}

describe('shards', () => {
  it('are those of rendezvous hashing', async () => {
    const places = await placesOf({ shards: 5 })
    const wanted = words.map(word => [word, rendezvousOf(Buffer.from(word), 0, word.length, 5)])
    expect([...places].toSorted()).toEqual(wanted.toSorted())
  })

  it('are those that place() chooses', async () => {
    const places = await placesOf({ shards: 4, place: (key, shards) => Number(key.slice(1)) % shards })
    expect([...places].toSorted()).toEqual(words.map((word, i) => [word, i % 4]).toSorted())
  })

  it('that place() makes up stop the pipeline, with the line', async () => {
    const log = await logWith(['in', 'out'])
    const p = pipeline('app')
    p.stream(texts('in'))
      .shard({ by, shards: 2, place: () => 2 })
      .to(texts('out'))
    await write(log, [{ topic: 'in', key: 'k', value: 'v' }])
    const app = await p.start({ log })
    await expect(app.drained()).rejects.toThrow(/the partitioner answered 2 for 2 partitions .*shard\.test\.ts/)
    await log.close()
  })
})

describe('streams that meet', () => {
  it('may be sharded alike', async () => {
    const place = (key: string, shards: number) => key.length % shards
    for (const options of [{ shards: 2 }, { shards: 2, place }]) {
      const p = pipeline('app')
      const [a, b] = ['a', 'b'].map(name => p.stream(texts(name)).shard({ by, ...options }))
      a!
        .join(
          b!.groupByKey().reduce(value => value),
          (left, right) => left + right,
        )
        .to(texts('out'))
      const log = await logWith(['a', 'b', 'out'])
      await write(log, [
        { topic: 'b', key: 'k', value: 'v', timestamp: 1 },
        { topic: 'a', key: 'k', value: 'v', timestamp: 2 },
      ])
      const app = await p.start({ log })
      await app.drained()
      await app.close()
      expect(await read(log, 'out')).toEqual([{ key: 'v', value: 'vv' }])
      await log.close()
    }
  })

  it('are refused where one is sharded and the other is not, or is otherwise', async () => {
    const log = await logWith(['a', 'b', 'out'], 2)
    const meeting = (options: object | undefined) => {
      const p = pipeline('app')
      const a = p.stream(texts('a')).shard({ by, shards: 2 })
      const b = p.stream(texts('b'))
      const other = options === undefined ? b : b.shard({ by, shards: 2, ...options })
      a.join(other.toTable(), (left, right) => left + right).to(texts('out'))
      return p
    }
    await expect(meeting(undefined).start({ log })).rejects.toThrow(
      /is partitioned by rendezvous and "b" is partitioned by murmur2, so equal keys do not meet/,
    )
    await expect(meeting({ place: () => 0 }).start({ log })).rejects.toThrow(/by rendezvous and .* by place#1/)
    const mended = pipeline('app')
    mended
      .stream(texts('a'))
      .shard({ by, shards: 2 })
      .repartition({ as: 'by-word' })
      .join(mended.table(texts('b')), (left, right) => left + right)
      .to(texts('out'))
    await (await mended.start({ log })).close()
    await log.close()
  })
})

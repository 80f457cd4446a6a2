import { expect, it, onTestFinished } from 'vitest'
import { json, pipeline, tumbling, type Pipeline, type Stream } from '../../dsl/index.js'
import { logWith, texts, write } from '../patterns/helpers.js'

const words = Array.from({ length: 40 }, (_, i) => `word-${i}`)
const by = (value: string): string => value

function counted(stream: Stream<string, string>): void {
  const grouped = stream.groupByKey()
  grouped.count({ as: 'counts' })
  grouped.windowedBy(tumbling('1m')).count({ as: 'minutes', retention: '1d' })
}

it.each<[string, (p: Pipeline) => void]>([
  ['by the topic', p => counted(p.stream(texts('in')))],
  ['by shard()', p => counted(p.stream(texts('in')).shard({ by, shards: 5 }))],
  ['by shard({ place })', p => counted(p.stream(texts('in')).shard({ by, shards: 5, place: key => key.length % 5 }))],
  ['by repartition()', p => counted(p.stream(texts('in')).repartition({ as: 'again', partitions: 5 }))],
  [
    'by a partitioner of the user',
    p => {
      p.stream(texts('in')).to(texts('own'), { partitioner: (key, _, partitions) => Number(key.slice(5)) % partitions })
      counted(p.stream(texts('own')))
    },
  ],
])('a store is read where its keys lie: %s', async (_, build) => {
  const log = await logWith(['in', 'own'], 3)
  await write(
    log,
    words.map((word, i) => ({ topic: 'in', key: word, value: word, timestamp: i })),
  )
  const p = pipeline('placed', { value: json() })
  build(p)
  const app = await p.start({ log })
  onTestFinished(async () => {
    await app.close()
    await log.close()
  })
  await app.drained()
  const counts = app.query('counts')
  expect(await Promise.all(words.map(word => counts.get(word)))).toEqual(words.map(() => 1))
  expect(await counts.get('none')).toBeUndefined()
  for (const word of words) {
    const windows: unknown[] = []
    for await (const [{ key, start }, count] of app.query('minutes').fetch(word) as AsyncIterable<
      [{ key: string; start: number }, number]
    >) {
      windows.push({ key, start, count })
    }
    expect(windows).toEqual([{ key: word, start: 0, count: 1 }])
  }
})

import { expect, onTestFinished, test } from 'vitest'
import {
  json,
  memory,
  pipeline,
  readRecords,
  recordWriter,
  string,
  topic,
  tumbling,
  windowed,
} from '../../dsl/index.js'

const input = topic('input', { key: string, value: string })
const counts = topic('counts', { key: string, value: json<number>() })
const perWindow = topic('per-window', { key: windowed(string), value: json<number>() })
const groups = topic('groups', { key: string, value: json<number>() })

test('changes that the cache held back have the headers of the record that made the last of them', async () => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  await log.topics.create([input, counts, perWindow, groups].map(({ name }) => ({ name, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [input.name])
  const write = (key: string, at?: string) =>
    writer.write(input, { key, value: 'v', timestamp: 1, headers: at === undefined ? [] : [['at', at]] })
  write('a', 'first')
  write('b', 'second')
  write('a', 'third')
  write('c', 'fourth')
  write('c')
  write('d')
  writer.handOver()
  await producer.flush()
  await producer.close()

  const p = pipeline('app', { value: json() })
  const grouped = p.stream(input).groupByKey()
  const counted = grouped.count({ as: 'counted' })
  counted.toStream({ tombstones: false }).to(counts)
  grouped.windowedBy(tumbling(10)).count({ as: 'windows' }).toStream({ tombstones: false }).to(perWindow)
  counted
    .groupBy((_, key) => [key < 'c' ? 'early' : 'late', key])
    .count({ as: 'grouped' })
    .toStream({ tombstones: false })
    .to(groups)
  const app = await p.start({ log, commitInterval: '1h' })
  await app.drained()
  await app.close()

  async function told<K>(of: typeof counts | typeof perWindow, name: (key: K) => string): Promise<string[]> {
    const found: string[] = []
    for await (const { key, value, headers } of readRecords<any, number>(log, of)) {
      found.push(`${name(key)} ${value} ${headers.text('at') ?? 'none'}`)
    }
    return found
  }
  const totals = ['b 1 second', 'a 2 third', 'c 2 none', 'd 1 none']
  expect(await told<string>(counts, key => key)).toEqual(totals)
  expect(await told<{ key: string }>(perWindow, ({ key }) => key)).toEqual(totals)
  expect(await told<string>(groups, key => key)).toEqual(['early 2 third', 'late 2 none'])
})

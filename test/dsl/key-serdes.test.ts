import { describe, expect, it } from 'vitest'
import {
  avro,
  float64,
  int32,
  int64,
  json,
  long,
  pipeline,
  string,
  topic,
  tumbling,
  windowed,
  type Pipeline,
  type Serde,
} from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'
import { refusal } from './refusal.js'

const left = topic('left', { key: long, value: string })
const right = (key: Serde<number>) => topic('right', { key, value: string })
const out = topic('out', { key: long, value: string })
const both = (a: string, b: string | null): string => `${a}${b}`

function started(write: (p: Pipeline) => void) {
  const p = pipeline('app', { value: string })
  write(p)
  return testDriver(p, { partitions: 4 })
}

const uses: [string, (p: Pipeline, other: ReturnType<typeof right>) => void][] = [
  ['a stream and a table', (p, other) => p.stream(left).leftJoin(p.table(other), both).to(out)],
  ['two tables', (p, other) => p.table(left).join(p.table(other), both).toStream({ tombstones: false }).to(out)],
  ['two streams', (p, other) => p.stream(left).join(p.stream(other), both, { within: 5, key: long }).to(out)],
  ['merged streams', (p, other) => p.stream(left).merge(p.stream(other)).dedupe({ within: 5, key: long }).to(out)],
]

describe('keys of one type that are written otherwise', () => {
  it.each(uses)('do not meet: %s', async (_what, use) => {
    for (const key of [int32, float64, json<number>(), avro({ type: 'long' })] as Serde<number>[]) {
      expect(await refusal(started(p => use(p, right(key))))).toMatchObject({
        code: 'BAD_TOPOLOGY',
        what: `the keys of "left" are written by long and the keys of "right" are written by ${key.name}, so equal keys do not meet in one task`,
        hint: expect.stringContaining('.repartition({ key: … })'),
        place: { line: expect.stringContaining('key-serdes.test.ts') },
      })
    }
  })

  it('meet behind a repartition with the serde of the others', async () => {
    const driver = await started(p => {
      const rows = p.stream(right(int32)).repartition({ key: long, as: 'rows' }).toTable()
      p.stream(left).join(rows, both).to(out)
    })
    for (let key = 0; key < 20; key++) {
      await driver.input(right(int32)).send(key, 'b')
      await driver.input(left).send(key, 'a')
    }
    expect(driver.output(out).read()).toHaveLength(20)
    await driver.close()
  })

  it('meet by a foreign key, which is written as the other table writes its keys', async () => {
    const driver = await started(p =>
      p
        .table(left)
        .join(p.table(right(int32)), both, { on: (_, key) => key })
        .toStream({ tombstones: false })
        .to(out),
    )
    for (let key = 0; key < 20; key++) {
      await driver.input(right(int32)).send(key, 'b')
      await driver.input(left).send(key, 'a')
    }
    expect(driver.output(out).read()).toHaveLength(20)
    await driver.close()
  })

  it('may be nobody’s business: serdes of others, int64 and long, windows of one key', async () => {
    const own: Serde<number> = { serialize: long.serialize, deserialize: long.deserialize, name: 'own' }
    for (const key of [own, { ...own, name: 'own too' }]) await (await started(p => uses[0]![1](p, right(key)))).close()
    const wide = topic('right', { key: int64, value: string }) as unknown as ReturnType<typeof right>
    await (await started(p => uses[0]![1](p, wide))).close()

    const perWindow = topic('right', { key: windowed(string), value: string })
    const driver = await started(p => {
      const counts = p
        .stream(topic('texts', { key: string, value: string }))
        .groupByKey()
        .windowedBy(tumbling(5))
        .count()
      counts
        .join(p.table(perWindow), (n, text) => `${n}${text}`)
        .toStream({ tombstones: false })
        .to(perWindow)
    })
    await driver.close()
  })
})

it('windows of one serde of keys have one serde, wherever it is made', async () => {
  expect(windowed(string)).toBe(windowed(string))
  const [a, b] = ['a', 'b'].map(name => topic(name, { key: windowed(string), value: string }))
  const driver = await started(p => {
    p.stream(a!)
      .join(p.stream(b!), both, { within: 5 })
      .to(topic('out', { key: windowed(string), value: string }))
    p.stream(a!).merge(p.stream(b!)).groupByKey().count({ as: 'counts' })
  })
  const key = { key: 'k', start: 0, end: 5 }
  await driver.input(a!).send(key, 'a')
  await driver.input(b!).send(key, 'b')
  expect(driver.store('counts').get(key)).toBe(2)
  expect(driver.output('out').read()).toHaveLength(1)
  await driver.close()
})

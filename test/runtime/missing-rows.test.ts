import { describe, expect, onTestFinished, test } from 'vitest'
import { embedded, json, memory, pipeline, store, string, topic, type Pipeline } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { isFull, readMetadata, writeMetadata } from '../../src/runtime/position-metadata.js'
import { reset } from '../../src/runtime/reset.js'
import { describeKafka, uniqueName } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

type Kind = 'plain' | 'kept by its topic' | 'with a history' | 'not there' | 'with a serde of its own'

const options = {
  plain: { as: 'rows' },
  'kept by its topic': { as: 'rows', changelog: 'topic' },
  'with a history': { as: 'rows', history: '1h' },
  'with a serde of its own': { as: store('rows', { key: string, value: json<string>() }) },
} as const

async function bench(open: () => Promise<Log>) {
  const log = await open()
  onTestFinished(() => log.close())
  const [application, rows, orders, out] = ['app', 'rows', 'orders', 'out'].map(uniqueName) as [
    string,
    string,
    string,
    string,
  ]
  await log.topics.create([rows, orders, out].map(name => ({ name, partitions: 1 })))
  const stateDir = await temporaryDirectory()
  const typed = (name: string) => topic(name, { key: string, value: string })
  /** Joins each order with its row; without a table, the rows are read and left alone. */
  const version = (kind: Kind): Pipeline => {
    const app = pipeline(application)
    const stream = app.stream(typed(orders))
    if (kind === 'not there') {
      app.stream(typed(rows)).forEach(() => {})
      stream.to(typed(out))
      return app
    }
    const table = app.table(typed(rows), options[kind])
    stream.leftJoin(table, (order, row) => `${order} ${row}`).to(typed(out))
    return app
  }
  const run = async (kind: Kind): Promise<void> => {
    const app = await version(kind).start({ log, stateDir })
    try {
      await app.drained()
    } finally {
      await app.close()
    }
  }
  await produce(log, rows, 0, { key: 'a', value: 'row', timestamp: 5 })
  return {
    run,
    order: async (value: string) => produce(log, orders, 0, { key: 'a', value, timestamp: 10 }),
    told: () => valuesOf(log, out, 0),
    begunAnew: (kind: Kind) => reset(log, version(kind).lower(), stateDir, async () => true),
    refused: {
      code: 'BAD_TOPOLOGY',
      what: expect.stringContaining('the table "rows" would be without rows') as unknown,
      place: { topic: rows, partition: 0, store: 'rows' },
      hint: expect.stringContaining('sluice reset') as unknown,
    },
  }
}

function contract(
  open: () => Promise<Log>,
  others: readonly (readonly ['kept by its topic' | 'not there', 'plain'])[],
): void {
  test.each([
    ['kept by its topic', 'with a history'],
    ['not there', 'with a history'],
    ['not there', 'with a serde of its own'],
    ['kept by its topic', 'with a serde of its own'],
    ...others,
  ] as const)('of a topic that was read by a table that was %s, one %s is refused', async (before, after) => {
    const { run, order, told, begunAnew, refused } = await bench(open)
    await run(before)
    await order('one')
    await expect(run(after)).rejects.toMatchObject(refused)
    await expect(run(after)).rejects.toMatchObject(refused)
    await run(before)
    expect(await told()).toEqual([before === 'not there' ? 'one' : 'one row'])
    await begunAnew(before)
    await run(after)
    expect((await told()).slice(1)).toEqual(['one row'])
  })

  test('one that was away while its topic was read is refused', async () => {
    const { run, refused } = await bench(open)
    await run('with a history')
    await run('not there')
    await expect(run('with a history')).rejects.toMatchObject(refused)
  })

  test.each(['plain', 'with a history', 'with a serde of its own'] as const)(
    'one that was %s goes on, and may be kept by its topic',
    async kind => {
      const { run, order, told } = await bench(open)
      for (const value of ['one', 'two']) {
        await order(value)
        await run(kind)
      }
      await order('three')
      await run('kept by its topic')
      expect(await told()).toEqual(['one row', 'two row', 'three row'])
    },
  )

  test('one that was away comes back with all rows where it is kept by its topic', async () => {
    const { run, order, told } = await bench(open)
    await run('not there')
    await order('one')
    await run('kept by its topic')
    expect(await told()).toEqual(['one row'])
  })
}

const plain = [
  ['not there', 'plain'],
  ['kept by its topic', 'plain'],
] as const

describe('a table that would miss rows, on the memory log', () => {
  contract(() => memory().open(), plain)

  test('is told that its topic has them', async () => {
    const { run } = await bench(() => memory().open())
    await run('not there')
    await expect(run('plain')).rejects.toMatchObject({
      hint: expect.stringMatching(/table\(rows.*, \{ changelog: 'topic' \}\)/) as unknown,
    })
    await expect(run('with a history')).rejects.toMatchObject({
      hint: expect.not.stringContaining("changelog: 'topic'") as unknown,
    })
  })
})

describe('a table that would miss rows, on the embedded log', () => {
  const open = async () => embedded(await temporaryDirectory()).open()
  contract(open, [])

  test('is filled from its topic', async () => {
    const { run, order, told } = await bench(open)
    await run('not there')
    await order('one')
    await run('plain')
    expect(await told()).toEqual(['one row'])
  })
})

describeKafka('a table that would miss rows', shared =>
  contract(() => kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open(), plain),
)

test('where names did not fit beside a position, it says so', () => {
  const names = Array.from({ length: 40 }, (_, n) => `${n}-${'n'.repeat(200)}`)
  const text = (kept: readonly string[]) =>
    writeMetadata({ streamTime: 5, pending: 0, latest: -1, ahead: '', waiting: [], kept })
  expect(isFull(text(names))).toBe(true)
  expect(readMetadata(text(names)).kept.length).toBeLessThan(names.length)
  expect(isFull(text(names.slice(0, 10)))).toBe(false)
})

import { describe, expect, it } from 'vitest'
import { json, long, memory, pipeline, recordWriter, string, topic, type Log, type Pipeline } from 'sluice'
import { testDriver } from 'sluice/testing'

interface Order {
  readonly user: string
  readonly n: number
}
const named = (name: string) => topic(name, { key: string, value: json<Order>() })
const [bulk, urgent, calm] = ['bulk', 'urgent', 'calm'].map(named) as [Orders, Orders, Orders]
type Orders = ReturnType<typeof named>
const counts = topic('counts', { key: string, value: long })

const byUser = ({ user }: Order): string => user

/** What a pipeline's internal topics are read with. */
function priorities(app: Pipeline): Record<string, number | object> {
  const sources = app.lower().nodes.filter(node => node.kind === 'source')
  return Object.fromEntries(
    sources.flatMap(({ topics, priority }) =>
      Array.isArray(topics) && topics[0]!.endsWith('-repartition')
        ? [[topics[0], priority === undefined ? 0 : priority.weight === 1 ? priority.level : priority]]
        : [],
    ),
  )
}

async function write(log: Log, to: string, orders: readonly Order[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [to])
  for (const value of orders) writer.write(named(to), { key: value.user, value })
  writer.handOver()
  await producer.flush()
  await producer.close()
}

const merged = (app: Pipeline) => app.stream(bulk).merge(app.stream(urgent, { priority: 1 }))

it('what went first goes first behind a repartition too', async () => {
  const log = await memory().open()
  const [plain, high] = ['kept-by-user-repartition', 'kept-by-user-priority-1-repartition']
  await log.topics.create(['bulk', 'urgent', plain, high].map(name => ({ name, partitions: 1 })))
  // As an instance leaves it that has read all of its input.
  await write(
    log,
    plain,
    Array.from({ length: 500 }, (_, n) => ({ user: 'low', n })),
  )
  await write(
    log,
    high,
    Array.from({ length: 40 }, (_, n) => ({ user: 'high', n })),
  )
  const app = pipeline('kept', { value: json() })
  const seen: string[] = []
  merged(app)
    .selectKey(byUser)
    .repartition({ as: 'by-user' })
    .forEach(order => seen.push(byUser(order)))
  const running = await app.start({ log })
  await running.drained()
  await running.close()
  expect(seen).toHaveLength(540)
  // One turn in 32 is of those that wait.
  expect(seen.lastIndexOf('high')).toBeLessThanOrEqual(41)
  await log.close()
})

it('turns in proportion to weights are so behind a repartition too', async () => {
  const log = await memory().open()
  const [plain, heavy] = ['weighed-by-user-repartition', 'weighed-by-user-weight-3-repartition']
  await log.topics.create(['bulk', 'urgent', plain, heavy].map(name => ({ name, partitions: 1 })))
  const build = (seen: string[]): Pipeline => {
    const app = pipeline('weighed', { value: json() })
    app
      .stream(bulk)
      .merge(app.stream(urgent, { priority: { weight: 3 } }))
      .selectKey(byUser)
      .repartition({ as: 'by-user' })
      .forEach(order => seen.push(byUser(order)))
    return app
  }
  // As instances leave it that have gone through all of their input.
  await write(
    log,
    plain,
    Array.from({ length: 200 }, (_, n) => ({ user: 'light', n })),
  )
  await write(
    log,
    heavy,
    Array.from({ length: 200 }, (_, n) => ({ user: 'heavy', n })),
  )
  const seen: string[] = []
  const running = await build(seen).start({ log })
  await running.drained()
  for (const end of [40, 80, 200]) {
    expect(seen.slice(0, end).filter(user => user === 'heavy')).toHaveLength((end * 3) / 4)
  }
  // Each kind takes its own way there.
  await write(log, 'bulk', [{ user: 'light', n: 200 }])
  await write(log, 'urgent', [{ user: 'heavy', n: 200 }])
  await running.drained()
  await running.close()
  expect(seen).toHaveLength(402)
  const ends = await log.endOffsets(
    [plain, heavy].map(name => ({ topic: name, partition: 0 })),
    'read_committed',
  )
  expect([...ends.values()]).toEqual([201, 201])
  await log.close()
})

it('each record comes once and is counted once, through restarts', async () => {
  const app = pipeline('counted', { value: json() })
  merged(app).groupBy(byUser, { key: string }).count({ as: 'orders' }).toStream({ tombstones: false }).to(counts)
  expect(priorities(app)).toEqual({
    'counted-orders-repartition': 0,
    'counted-orders-priority-1-repartition': 1,
  })
  const driver = await testDriver(app, { now: 0, restartEvery: 3, partitions: 2 })
  for (let n = 0; n < 40; n++) {
    await driver.input(n % 3 === 0 ? urgent : bulk).send(`k${n}`, { user: `u${n % 4}`, n })
  }
  const last = new Map(
    driver
      .output(counts)
      .read()
      .map(({ key, value }) => [key, value]),
  )
  expect(last).toEqual(new Map(['u0', 'u1', 'u2', 'u3'].map(user => [user, 10])))
  await driver.close()
})

describe('which priorities a repartition keeps', () => {
  it('one for all that pass needs no more topics', () => {
    const app = pipeline('one', { value: json() })
    app.stream(urgent, { priority: 2 }).groupBy(byUser).count({ as: 'orders' })
    expect(priorities(app)).toEqual({ 'one-orders-repartition': 2 })
  })

  it('weights have ways of their own, beside those of priorities', () => {
    const app = pipeline('both', { value: json() })
    merged(app)
      .merge(app.stream(calm, { priority: { weight: 0.5 } }))
      .selectKey(byUser)
      .repartition({ as: 'by-user' })
      .forEach(() => {})
    expect(priorities(app)).toEqual({
      'both-by-user-repartition': { level: 0, weight: 0.5 },
      'both-by-user-priority-0-repartition': 0,
      'both-by-user-priority-1-repartition': 1,
    })
  })

  it('also from one repartition to the next', () => {
    const app = pipeline('two', { value: json() })
    merged(app)
      .shard({ by: byUser, shards: 2, as: 'first' })
      .selectKey(({ n }) => String(n))
      .repartition({ as: 'second' })
      .forEach(() => {})
    expect(priorities(app)).toEqual({
      'two-first-repartition': 0,
      'two-first-priority-1-repartition': 1,
      'two-second-repartition': 0,
      'two-second-priority-1-repartition': 1,
    })
  })

  it('changes of a state keep their order: none overtakes another', () => {
    const app = pipeline('states', { value: json() })
    app
      .stream(calm, { priority: 3 })
      .merge(app.stream(urgent, { priority: 1 }))
      .groupByKey()
      .count({ as: 'orders' })
      .toStream({ tombstones: false })
      .selectKey(count => String(count))
      .repartition({ as: 'by-count' })
      .forEach(() => {})
    expect(priorities(app)).toEqual({ 'states-by-count-repartition': 1 })
  })

  it('never applied to the inputs of a join', () => {
    const app = pipeline('joined', { value: json() })
    merged(app)
      .selectKey(byUser)
      .repartition({ as: 'left' })
      .join(app.stream(calm), a => a, { within: '1m' })
      .forEach(() => {})
    expect(priorities(app)).toEqual({ 'joined-left-repartition': 0 })
  })
})

it('a priority that is gone with records of it left is no loss: the pipeline refuses to start', async () => {
  const log = await memory().open()
  await log.topics.create(['bulk', 'urgent', 'counts'].map(name => ({ name, partitions: 1 })))
  const build = (priority?: number): Pipeline => {
    const app = pipeline('changed', { value: json() })
    app
      .stream(bulk)
      .merge(app.stream(urgent, priority === undefined ? {} : { priority }))
      .groupBy(byUser)
      .count({ as: 'orders' })
    return app
  }
  await (await build(1).start({ log })).close()
  await expect(build().start({ log })).rejects.toThrow(
    /TOPIC_MISMATCH: "changed-orders-priority-1-repartition" is left of a priority.*sluice topics delete.*sluice reset/s,
  )
  await log.topics.delete(['changed-orders-priority-1-repartition'])
  await (await build().start({ log })).close()
  await log.close()
})

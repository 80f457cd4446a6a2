import { describe, expect, it } from 'vitest'
import { json, memory, pipeline, recordWriter, string, topic, type Log } from 'sluice'
import { testDriver } from 'sluice/testing'

type Order = { readonly n: number }
const slow = topic('slow', { key: string, value: json<Order>() })
const fast = topic('fast', { key: string, value: json<Order>() })
const out = topic('out', { key: string, value: json<Order>() })

async function filled(counts: { slow: number; fast: number }): Promise<Log> {
  const log = await memory().open()
  await log.topics.create(['slow', 'fast', 'out', 'other'].map(name => ({ name, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, ['slow', 'fast'])
  for (const at of [slow, fast]) {
    // The low ones are the older ones.
    const timestamp = at === slow ? 1_000 : 2_000
    for (let n = 0; n < counts[at.name as 'slow']; n++) writer.write(at, { key: `k${n}`, value: { n }, timestamp })
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
  return log
}

describe('a stream with a priority', () => {
  it('goes first in a merge, whatever the timestamps; the other one keeps moving', async () => {
    const log = await filled({ slow: 500, fast: 500 })
    const seen: string[] = []
    const app = pipeline('priority-merge')
    app
      .stream(slow)
      .merge(app.stream(fast, { priority: 1 }))
      .forEach((_, __, { topic: from }) => seen.push(from))
    const running = await app.start({ log })
    await running.drained()
    await running.close()
    const early = seen.slice(0, 320).filter(from => from === 'slow').length
    expect(early).toBeGreaterThanOrEqual(9)
    expect(early).toBeLessThanOrEqual(11)
    expect(seen.filter(from => from === 'slow')).toHaveLength(500)
    await log.close()
  })

  it('that waits for another input holds up no other task', async () => {
    const seen: string[] = []
    const app = pipeline('priority-waits')
    app
      .stream(fast, { priority: 1 })
      .merge(app.stream({ ...fast, name: 'other' }, { priority: 1, rate: '1/m' }))
      .forEach((_, __, { topic: from }) => seen.push(from))
    app.stream(slow).forEach(() => seen.push('slow'))
    const driver = await testDriver(app, { now: 0 })
    for (let n = 0; n < 2; n++) await driver.input({ ...fast, name: 'other' }).send('k', { n }, { timestamp: 1_000 })
    // In the order of time it comes behind what its rate holds back.
    await driver.input(fast).send('k', { n: 2 }, { timestamp: 2_000 })
    await driver.input(slow).send('k', { n: 3 })
    expect(seen).toEqual(['slow'])
    await driver.advance('1m')
    expect(seen).toEqual(['slow', 'other'])
    await driver.advance('1m')
    expect(seen).toEqual(['slow', 'other', 'other', 'fast'])
    await driver.close()
  })

  it('goes first between tasks of one worker', async () => {
    const log = await filled({ slow: 3_000, fast: 300 })
    const seen: string[] = []
    const app = pipeline('priority-tasks')
    app.stream(slow, { priority: -1 }).forEach(() => seen.push('slow'))
    app.stream(fast).forEach(() => seen.push('fast'))
    const running = await app.start({ log })
    await running.drained()
    await running.close()
    const last = seen.lastIndexOf('fast')
    // Strides of low records may begin before the first high one has been fetched, and one in 32 strides after that.
    expect(last).toBeLessThan(300 + 3 * 32 + 256)
    expect(seen.filter(from => from === 'slow')).toHaveLength(3_000)
    await log.close()
  })

  it('makes the commits of the others small, and they go on', async () => {
    const log = await filled({ slow: 0, fast: 3 })
    const producer = log.producer({})
    await producer.init()
    const writer = await recordWriter(log, producer, ['slow'])
    const texts = topic('slow', { key: string, value: string })
    for (let n = 0; n < 1_000; n++) writer.write(texts, { key: `k${n}`, value: 'x'.repeat(1_000) })
    writer.handOver()
    await producer.flush()
    const app = pipeline('priority-bytes')
    app.stream(texts).to(topic('other', { key: string, value: string }))
    app.stream(fast, { priority: 1 }).to(out)
    const running = await app.start({ log, commitInterval: '1h' })
    await running.drained()
    const { records, commits } = running.status
    await running.close()
    expect(records).toBe(1_003)
    // A megabyte, and none of them of much more than 128 KiB, though the interval never ends.
    expect(commits).toBeGreaterThanOrEqual(6)
    await log.close()
  })

  it.each([
    ['merged with another one', true],
    ['alone', false],
  ])('has turns in proportion to its weight between tasks, too: %s', async (_, isMerged) => {
    const log = await filled({ slow: 4_000, fast: 4_000 })
    const seen: string[] = []
    const app = pipeline('weights-apart')
    const weighted = app.stream(fast, { priority: { weight: 3 } })
    const task = isMerged ? weighted.merge(app.stream({ ...fast, name: 'other' })) : weighted
    task.forEach(() => seen.push('fast'))
    app.stream(slow).forEach(() => seen.push('slow'))
    const running = await app.start({ log })
    await running.drained()
    await running.close()
    // A stride of the other one may begin before the first of this one has been fetched.
    const early = seen.slice(0, 4_000).filter(from => from === 'fast').length
    expect(early).toBeGreaterThan(2_600)
    expect(early).toBeLessThan(3_400)
    await log.close()
  })

  it('has turns in proportion to its weight', async () => {
    const log = await filled({ slow: 400, fast: 400 })
    const seen: string[] = []
    const app = pipeline('priority-weights')
    app
      .stream(slow, { priority: { weight: 1 } })
      .merge(app.stream(fast, { priority: { weight: 3 } }))
      .forEach((_, __, { topic: from }) => seen.push(from))
    const running = await app.start({ log })
    await running.drained()
    await running.close()
    expect(seen.slice(0, 400).filter(from => from === 'fast')).toHaveLength(300)
    await log.close()
  })
})

describe('what cannot be', () => {
  it('is refused at its line', () => {
    const joined = pipeline('joined')
    joined
      .stream(slow)
      .join(joined.stream(fast, { priority: 1 }), a => a, { within: '1m' })
      .to(out)
    expect(() => joined.describe()).toThrow(
      /BAD_TOPOLOGY: the sides of join\(\) have different priorities.*priority\.test\.ts/s,
    )

    const beside = pipeline('beside')
    beside
      .stream(slow)
      .join(beside.table(fast), a => a)
      .merge(beside.stream({ ...fast, name: 'other' }, { priority: { weight: 3 } }))
      .to(out)
    expect(() => beside.describe()).toThrow(
      /BAD_TOPOLOGY: an input of join\(\) shares its task with a stream that has a weight.*priority\.test\.ts/s,
    )

    const weighted = pipeline('weighted')
    weighted
      .stream(slow, { priority: { weight: 3 } })
      .join(weighted.stream(fast, { priority: { weight: 3 } }), a => a, { within: '1m' })
      .to(out)
    expect(() => weighted.describe()).toThrow(/shares its task with a stream that has a weight/)

    const turns = pipeline('turns')
    turns
      .stream(slow)
      .merge(turns.stream(fast), { weights: [3, 1] })
      .merge(turns.stream({ ...fast, name: 'other' }, { priority: { weight: 2 } }))
      .to(out)
    expect(() => turns.describe()).toThrow(/an input of merge\(\) shares its task with a stream that has a weight/)

    const merged = pipeline('merged')
    merged
      .stream(slow)
      .merge(merged.stream(fast, { priority: 1 }), { fair: true })
      .to(out)
    expect(() => merged.describe()).toThrow(/a merge by turns has an input with a priority/)

    const twice = pipeline('twice')
    twice.stream(slow, { priority: 1 }).to(out)
    expect(() => twice.stream(slow)).toThrow(/read twice, with different priority/)

    for (const priority of [1.5, Number.NaN, { weight: 0 }, { weight: -1 }, 'high' as unknown as number]) {
      expect(() => pipeline('wrong').stream(slow, { priority })).toThrow(
        /BAD_ARGUMENT: priority: .*priority\.test\.ts/s,
      )
    }
  })

  it('a join of equal priorities is none of that', () => {
    const app = pipeline('equal')
    app
      .stream(slow, { priority: 2 })
      .join(app.stream(fast, { priority: 2 }), a => a, { within: '1m' })
      .to(out)
    expect(() => app.describe()).not.toThrow()
  })
})

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { avro, bytes, json, long, pipeline, store, string, topic, tumbling } from '../../dsl/index.js'
import { testDriver, type DriverOptions } from '../../src/testing/index.js'
import { driven } from './driven.js'

type Job = { importId: string; status: 'started' | 'completed' }
const jobs = topic('jobs', { key: string, value: json<Job>() })
const imports = topic('imports', { key: string, value: json<{ total: number }>() })
const finished = topic('finished-imports', { key: string, value: json<{ done: number; total: number }>() })
const completed = store('completed-jobs', { key: string, value: long })

function tracker() {
  const p = pipeline('import-tracker', { value: json() })
  p.stream(jobs)
    .filter(job => job.status === 'completed')
    .groupBy(job => job.importId)
    .count({ as: completed })
    .join(p.table(imports), (done, imp) => ({ done, total: imp.total }))
    .toStream({ tombstones: false })
    .filter(progress => progress.done === progress.total)
    .to(finished)
  return p
}

describe('testDriver', () => {
  it('says what it needs and does not get', async () => {
    const hint = expect.stringMatching(/./)
    await expect(testDriver(undefined as never)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint })
    await expect(testDriver(tracker(), { partitions: 0 })).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint })
    for (const wrong of [
      { now: NaN },
      { now: Infinity },
      { now: -1 },
      { topics: 'jobs' as never },
      { topics: [jobs] as never },
      ...[0, -1, 1.5, NaN].map(restartEvery => ({ restartEvery })),
    ]) {
      await expect(testDriver(tracker(), wrong)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint })
    }
    const driver = await testDriver(tracker())
    const sent = driver.input(jobs).send('k', null, { timestamp: 0.5 })
    await expect(sent).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint })
    for (const nothing of [undefined, null, 5, {}, { name: 'jobs' }] as never[]) {
      for (const asked of [() => driver.input(nothing), () => driver.output(nothing)]) {
        expect(asked).toThrow(/BAD_ARGUMENT: (in|out)put\(\) needs a topic, not /)
      }
    }
    for (const nothing of [undefined, null, 5, {}] as never[]) {
      expect(() => driver.store(nothing)).toThrow(/BAD_ARGUMENT: store\(\) needs a store, not /)
    }
    for (const partition of [-1, 0.5, NaN, '0', null] as never[]) {
      expect(() => driver.output(finished, { partition })).toThrow(/BAD_ARGUMENT: output\(\{ partition: /)
    }
    for (const headers of ['a', 5, null] as never[]) {
      const sending = driver.input(jobs).send('k', null, { headers })
      await expect(sending).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint })
    }
    await driver.close()
  })

  it('moves its clock by whole milliseconds, whatever a backoff answers', async () => {
    const [lines, out] = ['lines', 'out'].map(name => topic(name, { key: string, value: string }))
    let failures = 1
    const p = pipeline('halves')
    p.stream(lines!)
      .peek(() => {
        if (failures-- > 0) throw new Error('not yet')
      })
      .retry({ attempts: 2, backoff: () => 0.5 })
      .delay(0)
      .to(out!)
    await using driver = await testDriver(p, { now: 0 })
    await driver.input(lines!).send('k', 'v')
    await driver.advance('1s')
    expect(driver.output(out!).read()).toMatchObject([{ value: 'v', timestamp: 1 }])
  })

  it('runs the headline pipeline', async () => {
    const driver = await testDriver(tracker(), { now: 0 })
    await driver.input(imports).send('i', { total: 2 }, { timestamp: 1 })
    await driver.input(jobs).send('j1', { importId: 'i', status: 'completed' }, { timestamp: 10 })
    await driver.input(jobs).send('j2', { importId: 'i', status: 'started' }, { timestamp: 20 })
    expect(driver.output(finished).read()).toEqual([])
    await driver.input('jobs').send('j3', { importId: 'i', status: 'completed' }, { timestamp: 7 })
    expect(driver.output(finished).read()).toMatchObject([{ key: 'i', value: { done: 2, total: 2 }, timestamp: 10 }])
    expect(driver.output(finished).read()).toEqual([])
    expect(driver.store(completed).get('i')).toBe(2)
    expect(driver.store(completed).timestampOf('i')).toBe(10)
    expect(await driver.store(completed).all()).toEqual([['i', 2]])
    expect(driver.store(completed).get('none')).toBeUndefined()
    await driver.close()
  })
})

it('refuses the output of a topic that nothing names or makes', async () => {
  const driver = await driven(tracker(), { topics: ['beside'] })
  for (const wrong of ['finshed-imports', topic('finshed-imports', { key: string, value: string })]) {
    expect(() => driver.output(wrong as string)).toThrow(
      /UNKNOWN_TOPIC: .*neither writes nor reads "finshed-imports".*there are jobs, imports, finished-imports/s,
    )
  }
  for (const known of ['finished-imports', 'jobs', 'beside', 'import-tracker-completed-jobs-changelog']) {
    expect(driver.output(known).read()).toEqual([])
  }

  const chosen = pipeline('chosen')
  chosen.stream(jobs).to((_job, key) => topic(`jobs-of-${key}`, { key: string, value: json<Job>() }))
  const choosing = await driven(chosen)
  const later = choosing.output('jobs-of-ada')
  await choosing.input(jobs).send('ada', { importId: 'i', status: 'started' })
  expect(later.read()).toHaveLength(1)
})

it('tells of an error where it is waited for, and there alone', async () => {
  const warned = vi.spyOn(process, 'emitWarning')
  onTestFinished(() => warned.mockRestore())
  const failing = () => {
    const p = pipeline('app')
    p.stream(jobs)
      .mapAsync(async job => job)
      .forEach(() => {
        throw new Error('no')
      })
    p.stream(imports).process(context => {
      context.schedule('wall-clock', '1s', () => {
        throw new Error('no')
      })
      return () => {}
    })
    return p
  }
  const sent = await testDriver(failing())
  await expect(sent.input(jobs).send('k', { importId: 'i', status: 'started' })).rejects.toThrow('no')
  await sent.close()
  const advanced = await testDriver(failing())
  await expect(advanced.advance('1s')).rejects.toThrow('no')
  await advanced.close()
  expect(warned).not.toHaveBeenCalled()
})

it.each([undefined, 2])('runs beside the timers of a test that stand still, priorities: %s', async priority => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'Date', 'performance', 'queueMicrotask'] })
  onTestFinished(() => void vi.useRealTimers())
  const said = topic('said', { key: string, value: long })
  const p = pipeline('app', { value: json() })
  p.stream(imports).forEach(() => {})
  p.stream(jobs, priority === undefined ? {} : { priority })
    .mapAsync(async job => job, { timeout: '5s' })
    .delay('1s')
    .groupBy(job => job.importId)
    .count()
    .toStream({ tombstones: false })
    .to(said)
  const driver = await driven(p, { partitions: 2, restartEvery: 1 })
  for (const wanted of [1, 2]) {
    await driver.input(jobs).send('k', { importId: 'i', status: 'started' })
    await driver.advance('1s')
    expect(driver.output(said).read()).toMatchObject([{ key: 'i', value: wanted }])
  }
})

it('looks into the history of a table, over all partitions and behind a restart', async () => {
  const rates = topic('rates', { key: string, value: long })
  const kept = store('rates', { key: string, value: long })
  const p = pipeline('desk')
  p.table(rates, { as: kept, history: '1m' })
  p.stream(jobs).groupByKey().count({ as: 'jobs' })
  const driver = await driven(p, { partitions: 3 })
  for (const key of ['EUR', 'USD', 'JPY']) {
    await driver.input(rates).send(key, 5, { timestamp: 10 })
    await driver.input(rates).send(key, 7, { timestamp: 20 })
    await driver.input(rates).send(key, null, { timestamp: 30 })
  }
  await driver.restart()
  for (const key of ['EUR', 'USD', 'JPY']) {
    expect([9, 10, 19, 20, 29, 30].map(time => driver.store(kept).at(key, time))).toEqual([
      undefined,
      5,
      5,
      7,
      7,
      undefined,
    ])
  }
  expect(() => driver.store('jobs').at('k', 5)).toThrow(/UNSUPPORTED/)
})

it('fetches windows of whatever is written as the key is, and of nothing else', async () => {
  const place = topic('places', {
    key: avro({ type: 'record', name: 'Place', fields: [{ name: 'city', type: 'string' }] } as const),
    value: string,
  })
  const raw = topic('raw', { key: bytes, value: string })
  const p = pipeline('app')
  for (const [name, stream] of [
    ['cities', p.stream(place)],
    ['blobs', p.stream(raw)],
  ] as const) {
    stream.groupByKey().windowedBy(tumbling(10)).count({ as: name })
  }
  p.table(topic('plain', { key: string, value: string }), { as: 'plain' })
  await using driver = await testDriver(p)
  await driver.input(place).send({ city: 'Rome' }, 'v', { timestamp: 5 })
  await driver.input(raw).send(Buffer.of(1), 'v', { timestamp: 5 })
  await driver.input(raw).send(Buffer.of(1, 2), 'v', { timestamp: 5 })
  expect(await driver.store('cities').fetch({ city: 'Rome' })).toMatchObject([[{ start: 0, end: 10 }, 1]])
  expect(await driver.store('cities').fetch({ city: 'Oslo' })).toEqual([])
  expect(await driver.store('blobs').fetch(Buffer.of(1))).toMatchObject([[{ start: 0, end: 10 }, 1]])
  await expect(driver.store('plain').fetch('k')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
})

it('takes nothing for a topic that nothing reads', async () => {
  const driver = await testDriver(tracker())
  for (const input of [() => driver.input(finished), () => driver.input({ ...jobs, name: 'job' })]) {
    expect(input).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TOPIC', hint: expect.stringMatching(/./) as unknown }),
    )
  }
  await driver.close()
})

it('makes the topics that a pattern is to find', async () => {
  const p = pipeline('app')
  p.stream(/^orders-/, { key: string, value: string }).to(topic('all', { key: string, value: string }))
  const driver = await testDriver(p, { topics: ['orders-eu', 'orders-us', 'others'] })
  for (const name of ['orders-us', 'others', 'orders-eu']) {
    await driver.input(topic(name, { key: string, value: string })).send(name, 'v')
  }
  expect(
    driver
      .output('all')
      .read()
      .map(({ key }) => String(key)),
  ).toEqual(['orders-us', 'orders-eu'])
  await driver.close()
})

describe('a suite with restarts', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  /** How often the pipeline was begun for three records. */
  async function begun(options: DriverOptions): Promise<number> {
    let times = 0
    const p = pipeline('app')
    p.stream(jobs).process(() => {
      times++
      return () => {}
    })
    const driver = await testDriver(p, options)
    for (const key of ['a', 'b', 'c']) await driver.input(jobs).send(key, { importId: 'i', status: 'completed' })
    await driver.close()
    return times
  }

  it('takes how often from the environment, where a test does not say otherwise', async () => {
    vi.stubEnv('SLUICE_TEST_RESTART', '1')
    expect(await begun({})).toBe(4)
    expect(await begun({ restartEvery: 2 })).toBe(2)
    expect(await begun({ restartEvery: false })).toBe(1)
    vi.stubEnv('SLUICE_TEST_RESTART', '')
    expect(await begun({})).toBe(1)
  })

  it('refuses what is no number of records', async () => {
    vi.stubEnv('SLUICE_TEST_RESTART', 'often')
    await expect(testDriver(tracker())).rejects.toThrow(/BAD_ARGUMENT: SLUICE_TEST_RESTART=often/)
  })
})

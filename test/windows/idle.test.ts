import { describe, expect, it, onTestFinished } from 'vitest'
import { session, tumbling, type Duration } from '../../dsl/index.js'
import { LocalReader } from '../../src/log/local/reader.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { testDriver, type TestDriver } from '../../src/testing/index.js'
import { through } from '../faults/die.js'
import { counts, input, late, made, other, send, shown } from './helpers.js'
import { writeRecords } from '../write-records.js'

const counting = (idleAfter?: Duration) =>
  made(p =>
    p
      .stream(input, idleAfter === undefined ? {} : { idleAfter })
      .groupByKey()
      .windowedBy(tumbling('10s', { grace: '5s' }))
      .count({ emit: 'final' })
      .toStream()
      .to(counts),
  )

const closed = (driver: TestDriver) => shown(driver.output(counts).read())

describe('idleAfter', () => {
  it('lets windows close behind the last record, as fast as the wall clock goes', async () => {
    const driver = await testDriver(counting('3s'), { now: 1_000_000 })
    await send(driver, 'a@0, a@7000')
    await driver.advance('7s')
    expect(closed(driver)).toEqual([])
    await driver.advance('1s')
    expect(closed(driver)).toEqual(['a[0,10000)=2@7000'])
    await driver.close()
  })

  it('does not move time as long as records come', async () => {
    const driver = await testDriver(counting('3s'))
    await send(driver, 'a@0')
    for (let i = 0; i < 10; i++) {
      await driver.advance('2s')
      await send(driver, `b@${i}`)
    }
    expect(closed(driver)).toEqual([])
    await driver.close()
  })

  it('does not take the silence of the log for that of the inputs', async () => {
    let answers = false
    Object.assign(LocalReader.prototype, { heard: () => answers })
    onTestFinished(() => void Reflect.deleteProperty(LocalReader.prototype, 'heard'))
    const driver = await testDriver(counting('3s'))
    await send(driver, 'a@0, a@7000')
    await driver.advance('1m')
    expect(closed(driver)).toEqual([])
    answers = true
    await driver.advance('9s')
    expect(closed(driver)).toEqual(['a[0,10000)=2@7000'])
    await driver.close()
  })

  it('leaves time where it is without the option', async () => {
    const driver = await testDriver(counting())
    await send(driver, 'a@0')
    await driver.advance('1h')
    expect(closed(driver)).toEqual([])
    await driver.close()
  })

  it('makes what comes behind the pause late', async () => {
    const driver = await testDriver(counting('3s'))
    await send(driver, 'a@0')
    await driver.advance('20s')
    expect(closed(driver)).toEqual(['a[0,10000)=1@0'])
    await send(driver, 'a@1')
    await driver.advance('20s')
    expect(closed(driver)).toEqual([])
    expect(driver.counters).toMatchObject({ 'late_records{input-count.count}': 1 })
    await driver.close()
  })

  it('reaches behind a repartition, and into suppress', async () => {
    const p = made(each =>
      each
        .stream(input, { idleAfter: '3s' })
        .groupBy(value => value)
        .windowedBy(session('10s'))
        .count()
        .suppress({ until: 'window-closes' })
        .toStream()
        .to(counts),
    )
    const driver = await testDriver(p)
    await send(driver, 'a x@0')
    await driver.advance('9s')
    expect(closed(driver)).toEqual([])
    await driver.advance('1s')
    expect(closed(driver)).toEqual(['x[0,0)=1@0'])
    await driver.close()
  })

  it.each([
    ['leftJoin', ['a null']],
    ['outerJoin', ['a null', 'null b']],
  ] as const)('lets a %s tell what met nobody', async (type, alone) => {
    const p = made(each => {
      const [left, right] = [input, other].map(from => each.stream(from, { idleAfter: '3s' }))
      const both = (a: string | null, b: string | null) => `${a} ${b}`
      const options = { within: '10s', grace: '2s' } as const
      const joined =
        type === 'leftJoin' ? left!.leftJoin(right!, both, options) : left!.outerJoin(right!, both, options)
      joined.to(late)
    })
    const driver = await testDriver(p)
    await send(driver, 'k a@0')
    await send(driver, 'j b@1000', other)
    await driver.advance('11s')
    expect(driver.output(late).read()).toEqual([])
    await driver.advance('2s')
    expect(
      driver
        .output(late)
        .read()
        .map(({ value }) => value),
    ).toEqual(alone)
    // Told once: nothing comes later.
    await driver.advance('1m')
    expect(driver.output(late).read()).toEqual([])
    await driver.close()
  })

  it('lets records go on that wait for a versioned table', async () => {
    const p = made(each =>
      each
        .stream(input, { idleAfter: '3s' })
        .leftJoin(each.table(other, { as: 'rows', history: '1m' }), (a, b) => `${a} ${b}`, { grace: '10s' })
        .to(late),
    )
    const driver = await testDriver(p)
    await send(driver, 'k x@1000', other)
    await send(driver, 'k a@2000')
    await driver.advance('9s')
    expect(driver.output(late).read()).toEqual([])
    await driver.advance('1s')
    expect(driver.output(late).read()).toMatchObject([{ value: 'a x', timestamp: 2000 }])
    await driver.close()
  })

  it('tells what caches hold back before it moves time, while a commit takes its time', async () => {
    const log = memoryLog()
    onTestFinished(() => log.close())
    await log.topics.create(['input', 'counts'].map(name => ({ name, partitions: 1 })))
    const write = async (timestamp: number) => {
      await writeRecords(log, ['input'], writer => {
        writer.write(input, { key: 'a', value: 'x', timestamp })
      })
    }
    let release = () => {}
    let held = false
    const slow = through(log, {
      producer(options) {
        const producer = log.producer(options)
        return through(producer, {
          async commit(what) {
            if (held) await new Promise<void>(resolve => (release = resolve))
            return producer.commit(what)
          },
        })
      },
    })
    const seen: unknown[] = []
    const app = await made(p =>
      p
        .stream(input, { idleAfter: 20 })
        .groupByKey()
        .windowedBy(tumbling(200))
        .count()
        .suppress({ until: 'window-closes' })
        .toStream()
        .peek(count => seen.push(count))
        .to(counts),
    ).start({ log: slow })
    await app.drained()
    held = true
    await write(1_000)
    await expect.poll(() => app.status.records).toBe(1)
    await write(1_010)
    await expect.poll(() => app.status.records).toBe(2)
    await expect.poll(() => seen.length).toBeGreaterThan(0)
    held = false
    release()
    const told: unknown[] = []
    await expect
      .poll(async () => {
        told.length = 0
        for await (const { value } of readRecords(log, counts)) told.push(value)
        return told.length
      })
      .toBeGreaterThan(0)
    await app.drained()
    await app.close()
    told.length = 0
    for await (const { value } of readRecords(log, counts)) told.push(value)
    expect(told).toEqual([2])
  })

  it('is one for a topic', () => {
    expect(() =>
      made(p => {
        p.stream(input, { idleAfter: '3s' })
        p.stream(input, { idleAfter: '4s' })
      }),
    ).toThrow(/different idleAfter.*idle\.test\.ts/s)
  })

  it('is above 0', () => {
    expect(() => made(p => p.stream(other, { idleAfter: 0 }))).toThrow(/idleAfter of 0.*idle\.test\.ts/s)
  })
})

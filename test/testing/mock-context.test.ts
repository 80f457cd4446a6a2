import { describe, expect, it } from 'vitest'
import { long, store, string, versionedStore } from '../../dsl/index.js'
import type { ProcessorContext, ProcessorFactory, ValueProcessorFactory } from '../../src/processor.js'
import { mockContext } from '../../src/testing/index.js'

const seen = store('seen', { key: string, value: long })
const prices = versionedStore('prices', { key: string, value: string, history: 100 })

const counting: ProcessorFactory<string, string, string, number> = context => ({
  init() {
    context.schedule('wall-clock', '10s', async () => {
      for await (const [word, n] of context.store(seen).all()) void context.forward(word, n)
    })
  },
  process(value, key, record) {
    const kept = context.store(seen)
    const count = (kept.get(value) ?? 0) + 1
    kept.put(value, count)
    context.count('words')
    return context.forward(`${key}${record.offset}`, count)
  },
  close() {
    context.count('closed')
  },
})

describe('mockContext', () => {
  it('hands records to a lone processor and collects what it forwards', async () => {
    const mock = mockContext({ stores: [seen], now: 7 })
    await mock.start(counting)
    await mock.process('a', 'k', { timestamp: 5, headers: { h: 'x' } })
    await mock.process('a', 'k')
    const forwarded = mock.forwarded<string, number>()
    expect(forwarded.map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['k0', 1, 5],
      ['k1', 2, 7],
    ])
    expect(forwarded.map(({ headers }) => headers.text('h'))).toEqual(['x', undefined])
    expect(mock.forwarded()).toEqual([])
    expect(mock.store(seen).get('a')).toBe(2)
    expect(mock.counters).toEqual({ words: 2 })
    await mock.close()
    expect(mock.counters).toEqual({ words: 2, closed: 1 })
  })

  it('hands nothing of a record that failed to the next timer', async () => {
    const mock = mockContext()
    await mock.start((context: ProcessorContext<string, number>) => {
      context.schedule('wall-clock', 10, now => context.forward('timer', now))
      return () => {
        throw new Error('no')
      }
    })
    await expect(mock.process('a', 'k', { headers: { h: 'x' } })).rejects.toThrow('no')
    await mock.advance(10)
    expect(mock.forwarded().map(({ headers }) => headers.text('h'))).toEqual([undefined])
  })

  it('hands no records to a processor that is closed', async () => {
    const mock = mockContext({ stores: [seen] })
    await mock.start(counting)
    await mock.close()
    await expect(mock.process('a', 'k')).rejects.toThrow(/NOT_RUNNING/)
  })

  it('moves both times, and knows the timers', async () => {
    const mock = mockContext({ stores: [seen] })
    await mock.start(counting)
    mock.store(seen).put('b', 4)
    expect(mock.schedules).toEqual([{ time: 'wall-clock', interval: 10_000, cancelled: false }])
    await mock.advance('9s')
    expect(mock.forwarded()).toEqual([])
    await mock.advance('11s')
    expect(mock.forwarded().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      ['b', 4, 10_000],
      ['b', 4, 20_000],
    ])
    await mock.start((context: ProcessorContext<string, number>) => {
      const cancel = context.schedule('stream-time', 100, now => {
        if (now >= 250) cancel()
        return context.forward('tick', now)
      })
      return () => {}
    })
    for (const timestamp of [3, 99, 250, 260, 999]) await mock.process('x', null, { timestamp })
    expect(mock.forwarded().map(({ value }) => value)).toEqual([3, 250])
    expect(mock.schedules.at(-1)).toEqual({ time: 'stream-time', interval: 100, cancelled: true })
  })

  it('closes a processor before it makes the next one, and forgets its timers', async () => {
    const mock = mockContext({ stores: [seen] })
    const told: string[] = []
    const ticking =
      (name: string): ProcessorFactory<string, string, string, number> =>
      context => {
        context.schedule('wall-clock', '1s', now => context.forward(name, now))
        context.schedule('stream-time', '1s', now => context.forward(name, now))
        return { process() {}, close: () => void told.push(`${name} closed`) }
      }
    await mock.start(ticking('one'))
    await mock.start(ticking('two'))
    expect(told).toEqual(['one closed'])
    await mock.advance('1s')
    await mock.process('x', null, { timestamp: 5_000 })
    expect(mock.forwarded().map(({ key, value }) => [key, value])).toEqual([
      ['two', 1_000],
      ['two', 5_000],
    ])
    expect(mock.schedules.map(({ cancelled }) => cancelled)).toEqual([true, true, false, false])
    await mock.close()
    expect(told).toEqual(['one closed', 'two closed'])
  })

  it('tells outputs apart, and keeps keys for processValues', async () => {
    const mock = mockContext({ outputs: ['big', 'small'], stores: [prices] })
    const sorting: ValueProcessorFactory<string, number, number, 'big' | 'small'> = context => value =>
      context.forward(value, { to: value > 9 ? 'big' : 'small' })
    await mock.startValues(sorting)
    await mock.process(10, 'k')
    await mock.process(1, 'l')
    expect(mock.forwarded().map(({ key, value, to }) => [key, value, to])).toEqual([
      ['k', 10, 'big'],
      ['l', 1, 'small'],
    ])
    mock.store(prices).put('p', 'old', 10)
    mock.store(prices).put('p', 'new', 20)
    expect(mock.store(prices).at('p', 15)).toBe('old')
  })

  it('throws what the processor throws, and says what is missing', async () => {
    const mock = mockContext()
    await expect(mock.process('a')).rejects.toThrow(/NOT_RUNNING.*mock\.start/s)
    await mock.start(context => value => {
      if (value === 'a') throw new Error('not a')
      context.store(seen).get('x')
    })
    await expect(mock.process('a')).rejects.toThrow('not a')
    await expect(mock.process('b')).rejects.toThrow(/UNKNOWN_STORE.*"seen" without having declared it/s)
    expect(() => mock.store(seen)).toThrow(/UNKNOWN_STORE.*mockContext\(\{ stores/s)
    await expect(mock.start(() => ({ init: () => Promise.reject(new Error('init')), process() {} }))).rejects.toThrow(
      /CALLBACK: init of the processor threw: init/,
    )
  })
})

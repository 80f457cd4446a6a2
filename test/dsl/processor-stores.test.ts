import { describe, expect, it } from 'vitest'
import { json, long, pipeline, sessionStore, string, topic, windowStore } from '../../dsl/index.js'
import { mockContext } from '../../src/testing/index.js'
import { driven } from '../testing/driven.js'
import type { ProcessorContext } from '../../src/processor.js'

const words = topic('words', { key: string, value: string })
const out = topic('out', { key: string, value: json<unknown>() })
const minutes = windowStore('minutes', { key: string, value: long, size: 60, retention: 300 })
const visits = sessionStore('visits', { key: string, value: long, retention: 100 })

/** Counts per minute, and tells all minutes of the key that are remembered. */
const perMinute =
  (context: ProcessorContext<string, unknown>) => (_value: string, key: string, record: { timestamp: number }) => {
    const kept = context.store(minutes)
    const start = Math.floor(record.timestamp / 60) * 60
    const window = { key, start, end: start + 60 }
    kept.put(window, (kept.get(window) ?? 0) + 1)
    return context.forward(
      key,
      kept.fetch(key, 0, Number.POSITIVE_INFINITY).map(([{ start: from }, n]) => [from, n]),
    )
  }

function counting() {
  const p = pipeline('app')
  p.addStore(minutes)
  p.stream(words)
    .process(perMinute, { stores: [minutes] })
    .to(out)
  return p
}

describe('a window store of a processor', () => {
  it.each([undefined, 1])('finds the windows of a key, and forgets what is old; restarts: %s', async restartEvery => {
    const driver = await driven(counting(), restartEvery === undefined ? {} : { restartEvery })
    const input = driver.input(words)
    for (const timestamp of [5, 70, 59, 130, 1_700_000]) await input.send('k', 'a', { timestamp })
    await input.send('l', 'a', { timestamp: 1_700_050 })
    expect(
      driver
        .output(out)
        .read()
        .map(({ value }) => value),
    ).toEqual([
      [[0, 1]],
      [
        [0, 1],
        [60, 1],
      ],
      [
        [0, 2],
        [60, 1],
      ],
      [
        [0, 2],
        [60, 1],
        [120, 1],
      ],
      [[1_699_980, 1]],
      [[1_700_040, 1]],
    ])
    expect(await driver.store(minutes).all()).toEqual([
      [{ key: 'k', start: 1_699_980, end: 1_700_040 }, 1],
      [{ key: 'l', start: 1_700_040, end: 1_700_100 }, 1],
    ])
  })

  it('takes windows of its size', async () => {
    const mock = mockContext({ stores: [minutes] })
    await mock.start((context: ProcessorContext) => (value: string) => {
      context.store(minutes).put({ key: value, start: 0, end: 61 }, 1)
    })
    await expect(mock.process('a')).rejects.toThrow(
      /BAD_ARGUMENT: a window from 0 to 61 in a store of windows of 60 ms/,
    )
    expect(() => windowStore('w', { key: string, value: long, size: 0, retention: 5 })).toThrow(
      /BAD_ARGUMENT.*size 0 ms/,
    )
    expect(() => windowStore('w', { key: string, value: long, size: 10, retention: 5 })).toThrow(/retention 5 ms/)
  })

  it('takes one window object that the processor uses for many', () => {
    const kept = mockContext({ stores: [minutes] }).store(minutes)
    const window = { key: 'k', start: 0, end: 60 }
    kept.put(window, 1)
    Object.assign(window, { start: 60, end: 120 })
    expect(kept.get(window)).toBeUndefined()
    kept.put(window, 2)
    Object.assign(window, { key: 'l' })
    expect(kept.delete(window)).toBeUndefined()
    expect(kept.fetch('k', 0, 100)).toEqual([
      [{ key: 'k', start: 0, end: 60 }, 1],
      [{ key: 'k', start: 60, end: 120 }, 2],
    ])
  })
})

describe('a session store of a processor', () => {
  it('finds the sessions that have a part in a time', async () => {
    const mock = mockContext({ stores: [visits] })
    const kept = mock.store(visits)
    for (const [start, end] of [
      [0, 10],
      [20, 35],
      [50, 60],
    ] as const)
      kept.put({ key: 'k', start, end }, end - start)
    const found = (from: number, to: number) => kept.fetch('k', from, to).map(([, length]) => length)
    expect(found(0, 100)).toEqual([10, 15, 10])
    expect(found(30, 50)).toEqual([15, 10])
    expect(found(36, 49)).toEqual([])
    expect(kept.delete({ key: 'k', start: 20, end: 35 })).toBe(15)
    expect(found(0, 100)).toEqual([10, 10])
    kept.put({ key: 'l', start: 140, end: 141 }, 1)
    expect(found(0, 100)).toEqual([10])
    const all: number[] = []
    for await (const [{ start }] of kept.all()) all.push(start)
    expect(all).toEqual([50, 140])
  })
})

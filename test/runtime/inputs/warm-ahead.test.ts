import { expect, test } from 'vitest'
import { WarmAhead } from '../../../src/runtime/inputs/warm-ahead.js'
import type { FetchesAhead } from '../../../src/store/key-value.js'
import { batch } from '../source-records.js'

class Remembering implements FetchesAhead {
  databaseReads = 0
  lookups = 0
  memoryBytes = 8 << 20
  readonly warmed: string[] = []

  prefetch(): Promise<void> {
    return Promise.resolve()
  }

  warm(keys: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.warmed.push(Buffer.from(keys.subarray(starts[i], ends[i])).toString())
  }
}

const records = (count: number) =>
  Array.from({ length: count }, (_, i) => [i % 3 === 1 ? null : `key-${i}`, 'v', i] as [string | null, string, number])

test('the keys of a batch are warmed once each, before their records are taken', () => {
  const store = new Remembering()
  const ahead = new WarmAhead([store])
  const rows = records(100)
  ahead.begins(batch(0, rows), 1)
  for (const [i, [key]] of rows.entries()) {
    ahead.takes()
    if (key !== null) expect(store.warmed).toContain(key)
    expect(store.warmed.length).toBeLessThan(i + 40)
  }
  ahead.takes()
  expect(store.warmed).toEqual(rows.map(([key]) => key).filter(key => key !== null))
})

test.each([
  ['a small store', { memoryBytes: 1 << 19 }, 1],
  ['a store that few records ask', {}, 0.3],
])('%s is left alone', (_, more, asked) => {
  const store = Object.assign(new Remembering(), more)
  const ahead = new WarmAhead([store])
  ahead.begins(batch(0, records(10)), asked)
  for (let i = 0; i < 11; i++) ahead.takes()
  expect(store.warmed).toEqual([])
})

test('a batch that is damaged is warmed up to there', () => {
  const store = new Remembering()
  const ahead = new WarmAhead([store])
  const whole = batch(0, records(10))
  const cursor = whole.cursor()
  for (let i = 0; i < 4; i++) cursor.next()
  whole.buffer[cursor.recordEnd] = 0xff
  ahead.begins(whole, 1)
  for (let i = 0; i < 10; i++) ahead.takes()
  expect(store.warmed).toEqual(['key-0', 'key-2', 'key-3'])
})

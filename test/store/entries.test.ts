import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Entries } from '../../src/store/entries.js'
import { Segments } from '../../src/store/segments.js'
import { stamp, timestampBytes } from '../../src/store/stored.js'
import { memory } from '../long/measure.js'
import { runs } from './runs.js'

interface Present {
  readonly value: string | null
  readonly timestamp: number
}

const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('touch' as const), key: fc.nat(700) }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      key: fc.nat(700),
      length: fc.oneof(fc.constant(-1), fc.nat(40), fc.nat(5000)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drain' as const, 'committed' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('scan' as const), from: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('burst' as const), from: fc.nat(1000) }) },
)

function keyOf(i: number): Buffer {
  return Buffer.from(`key-${i}`)
}

function stored({ value, timestamp }: Present): Buffer | undefined {
  if (value === null) return undefined
  const bytes = Buffer.alloc(timestampBytes + value.length)
  stamp(bytes, 0, timestamp)
  bytes.write(value, timestampBytes)
  return bytes
}

function read(entries: Entries, id: number): Present {
  const end = entries.valueEnd(id)
  const timestamp = entries.timestamp(id)
  const value = end < 0 ? null : entries.buffer(id).toString('utf8', entries.keyEnd(id) + timestampBytes, end)
  return { value, timestamp }
}

test('what was not committed is never lost, and the rest is what the database has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), steps => {
      const entries = new Entries(0)
      // The newest value of each key, and the one in the database.
      const newest = new Map<number, Present>()
      const database = new Map<number, Present>()
      const flying: Map<number, Present>[] = []
      const dirty = new Set<number>()
      // What the drains have written, in flight or not.
      const written = new Map<number, Present>()
      const absent = { value: null, timestamp: -1 }
      const touch = (key: number): number => {
        const bytes = keyOf(key)
        const known = entries.find(bytes, 0, bytes.length)
        if (known >= 0) return known
        expect(dirty.has(key) || flying.some(changes => changes.has(key))).toBe(false)
        return entries.add(bytes, 0, bytes.length, stored(database.get(key) ?? absent))
      }
      let time = 0
      const set = (key: number, length: number): void => {
        const value = length < 0 ? null : String.fromCharCode(97 + (time % 26)).repeat(length)
        entries.set(touch(key), Buffer.from(value ?? ''), 0, length, ++time)
        newest.set(key, { value, timestamp: time })
        dirty.add(key)
      }
      for (const one of steps) {
        if (one.do === 'touch') {
          const expected = newest.get(one.key) ?? absent
          const { value, timestamp } = read(entries, touch(one.key))
          expect(value).toBe(expected.value)
          if (value !== null) expect(timestamp).toBe(expected.timestamp)
        } else if (one.do === 'set') {
          set(one.key, one.length)
        } else if (one.do === 'scan') {
          for (let i = 0; i < 300; i++) touch(one.from + 10_000 + i)
        } else if (one.do === 'burst') {
          for (let i = 0; i < 1_500; i++) set(one.from + i, i % 20)
        } else if (one.do === 'drain') {
          const names: string[] = []
          entries.drain(id => names.push(entries.buffer(id).toString('utf8', entries.keyStart(id), entries.keyEnd(id))))
          const changes = [...dirty].filter(key => [newest, written].some(values => values.get(key)?.value != null))
          expect(names.sort()).toEqual(changes.map(key => `key-${key}`).sort())
          flying.push(new Map([...dirty].map(key => [key, newest.get(key)!])))
          for (const key of changes) written.set(key, newest.get(key)!)
          dirty.clear()
        } else {
          for (const [key, present] of flying.shift() ?? []) database.set(key, present)
          entries.committed()
        }
      }
      for (const [key, present] of newest) expect(read(entries, touch(key)).value).toBe(present.value)
    }),
    runs(60),
  )
})

describe('memory', () => {
  test('small entries take less than 100 bytes each', () => {
    const entries = new Entries(10 << 20)
    for (let i = 0; i < 100_000; i++) {
      const key = Buffer.from(`import-${String(i).padStart(6, '0')}`)
      entries.add(key, 0, key.length, Buffer.alloc(timestampBytes + 8))
    }
    const key = Buffer.from('import-000000')
    expect(entries.find(key, 0, key.length)).toBeGreaterThanOrEqual(0)
  })

  test('more than fits that is uncommitted and in flight is not copied about, and takes little more than its size', () => {
    const taken = vi.spyOn(Segments.prototype, 'take')
    onTestFinished(() => taken.mockRestore())
    const entries = new Entries(650 << 10)
    const value = Buffer.alloc(590)
    const [stored, perCommit] = [8 + 5 + timestampBytes + value.length, 800]
    for (let i = 0; i < 16_000; i++) {
      const key = Buffer.from(`${10_000 + i}`)
      entries.set(entries.add(key, 0, key.length, undefined, value.length), value, 0, value.length, i)
      if (i % perCommit !== 0) continue
      // One commit is on its way while the next one fills.
      entries.committed()
      entries.drain(() => {})
      expect(entries.bytes).toBeLessThan(2 * perCommit * stored * 1.6)
    }
    const written = taken.mock.calls.reduce((sum, [size]) => sum + size, 0)
    expect(written).toBeLessThan(16_000 * stored * 1.05)
  })

  test('behind a burst of changes the budget is for what is read again', () => {
    const entries = new Entries(1 << 20)
    const add = (i: number): number => entries.add(keyOf(i), 0, keyOf(i).length, Buffer.alloc(timestampBytes + 8))
    const value = Buffer.alloc(8)
    for (let i = 0; i < 100_000; i++) entries.set(add(i), value, 0, 8, i)
    entries.drain(() => {})
    entries.committed()
    for (let i = 200_000; i < 290_000; i++) add(i)
    entries.drain(() => {})
    expect(entries.bytes).toBeLessThan(1 << 20)
    for (let i = 300_000; i < 305_000; i++) add(i)
    for (let i = 300_000; i < 305_000; i++) {
      const key = keyOf(i)
      const id = entries.find(key, 0, key.length)
      expect(entries.buffer(id).toString('utf8', entries.keyStart(id), entries.keyEnd(id))).toBe(String(key))
    }
  })

  test('a value that grows keeps its neighbours as they are', () => {
    const entries = new Entries(1 << 20)
    const ids = [0, 1, 2].map(i => entries.add(keyOf(i), 0, 5, undefined))
    for (let length = 0; length < 300; length += 7) {
      for (const id of ids) entries.set(id, Buffer.alloc(length, 65 + id), 0, length, length)
      for (const id of ids) {
        const value = String.fromCharCode(65 + id).repeat(length)
        expect(read(entries, id)).toEqual({ value, timestamp: length })
      }
    }
  })
})

test('an entry that changes a million times before it is told takes no more memory for it', async () => {
  const entries = new Entries(1 << 20)
  const ids = ['a', 'b', 'c'].map(name => entries.add(Buffer.from(name), 0, 1, undefined))
  const value = Buffer.from('x')
  // Buffers of the tests before are given back in the background.
  for (let i = 0; i < 3; i++, await new Promise(resolve => setImmediate(resolve))) memory()
  const before = memory().heap
  for (let i = 0; i < 1_000_000; i++) {
    const id = ids[i % 3]!
    entries.holdBack(id, false)
    entries.set(id, value, 0, 1, i)
  }
  expect(memory().heap - before).toBeLessThan(1_000_000)
  const told: number[] = []
  for (let id = entries.nextUntold(); id >= 0; id = entries.nextUntold()) {
    entries.tell(id)
    told.push(id)
  }
  // The last of each: 999,999 is a's.
  expect(told).toEqual([ids[1], ids[2], ids[0]])
})

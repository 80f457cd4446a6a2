import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { embedded } from '../../../src/log/embedded/embedded.js'
import type { LocalLog } from '../../../src/log/local/local-log.js'
import { memoryLog } from '../../../src/log/memory/memory-log.js'
import { partitionId } from '../../../src/record.js'
import { Listener, batch, produce, type Read } from '../helpers.js'
import { ManualClock } from '../../../src/testing/manual-clock.js'
import { makeDirectory, removeDirectory } from '../temporary.js'

type Open = (clock: ManualClock) => Promise<{ log: LocalLog; close(): Promise<void> }>

const memoryOpen: Open = async clock => {
  const log = memoryLog({ clock })
  return { log, close: () => log.close() }
}

const embeddedOpen: Open = async clock => {
  const dir = await makeDirectory()
  const log = (await embedded(dir, { clock, recentBytes: 1_600 }).open()) as LocalLog
  const close = async (): Promise<void> => {
    await log.close()
    await removeDirectory(dir)
  }
  return { log, close }
}

const at = [{ topic: 't', partition: 0 }]
const id = partitionId('t', 0)

/** All that is there, from the start. */
async function all(log: LocalLog): Promise<Read[]> {
  const start = (await log.startOffsets(at)).get(id)!
  const end = (await log.endOffsets(at)).get(id)!
  const listener = new Listener(log)
  const records: Read[] = []
  listener.reader.seek('t', 0, start)
  for (let next = start; next < end;) {
    const [fetched] = await listener.poll()
    next = fetched!.next
    for (const one of fetched!.batches) {
      one.verify()
      const cursor = one.cursor()
      while (cursor.next()) {
        const { buffer, keyStart, keyEnd, valueStart, valueEnd, offset, timestamp } = cursor
        const key = buffer.toString('utf8', keyStart, keyEnd)
        const value = valueEnd < 0 ? null : buffer.toString('utf8', valueStart, valueEnd)
        records.push({ topic: 't', partition: 0, offset, timestamp, key, value, headers: cursor.headers() })
      }
    }
  }
  await listener.reader.close()
  return records
}

const pairs = (records: Read[]): unknown[] => records.map(r => [r.offset, r.key, r.value])

async function run(
  open: Open,
  config: Record<string, string>,
  test: (log: LocalLog, clock: ManualClock) => Promise<void>,
) {
  const clock = new ManualClock(1_700_000_000_000)
  const { log, ...opened } = await open(clock)
  await log.topics.create([{ name: 't', partitions: 1, config }])
  try {
    await test(log, clock)
  } finally {
    await opened.close()
  }
}

describe.each([
  ['memory', memoryOpen],
  ['embedded', embeddedOpen],
])('maintenance of a log: %s', (_, open) => {
  test('retention.ms deletes what is older, by the newest record of a batch', async () => {
    await run(open, { 'retention.ms': '1000' }, async (log, clock) => {
      const now = clock.now()
      const item = (age: number): object => ({ key: 'k', value: String(age), timestamp: now - age })
      await produce(log, 't', 0, ...([item(5_000), item(1_500), item(900), item(3_000), item(0)] as never[]))
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['900', '3000', '0'])
      expect((await log.startOffsets(at)).get(id)).toBe(2)
      clock.moveTo(clock.now() + 10_000)
      await log.maintain()
      expect(await all(log)).toEqual([])
      await produce(log, 't', 0, { key: 'k', value: 'new', timestamp: clock.now() })
      expect(pairs(await all(log))).toEqual([[5, 'k', 'new']])
    })
  })

  test.each([
    { 'retention.ms': '1000' },
    { 'retention.ms': '1000', 'cleanup.policy': 'compact,delete', 'min.cleanable.dirty.ratio': '0' },
  ])('records that are deleted while it runs are no reason to delete others: %j', async config => {
    await run(open, config, async (log, clock) => {
      const now = clock.now()
      const item = (age: number): object => ({ key: `k${age % 2}`, value: String(age), timestamp: now - age })
      await produce(log, 't', 0, ...([item(5_000), item(900), item(800), item(0)] as never[]))
      await log.maintain()
      clock.moveTo(clock.now() + 150)
      const running = log.maintain()
      await log.topics.deleteRecords([{ topic: 't', partition: 0, offset: 1 }])
      await running
      await log.maintain()
      await log.maintain()
      expect((await all(log)).map(r => r.value).at(-1)).toBe('0')
      expect((await all(log)).map(r => r.value)).toContain('800')
    })
  })

  test('retention.bytes keeps the newest batches', async () => {
    const size = batch({ key: 'k', value: '0' }).finish().length
    await run(open, { 'retention.bytes': String(size * 3) }, async log => {
      await produce(log, 't', 0, ...[...'0123456'].map(value => ({ key: 'k', value })))
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['4', '5', '6'])
      await produce(log, 't', 0, { key: 'k', value: '7' })
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['5', '6', '7'])
    })
  })

  test('without settings everything stays, however old', async () => {
    await run(open, {}, async (log, clock) => {
      await produce(log, 't', 0, { key: 'k', value: 'old', timestamp: 0 })
      clock.moveTo(clock.now() + 1e12)
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['old'])
      // Nor is it read, to count its bytes.
      expect(log.topics.partition('t', 0).bytes).toBeUndefined()
    })
  })

  test('compaction keeps the newest of each key, its offset and time, and the newest batch as it is', async () => {
    await run(open, { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }, async (log, clock) => {
      const producer = log.producer({})
      await producer.init()
      const timestamp = clock.now()
      const item = (key: string, value: string | null, plus = 0): object => ({
        key,
        value,
        timestamp: timestamp + plus,
      })
      const add = (...items: object[]): void => producer.append('t', 0, batch(...(items as never[])))
      add(item('a', '1'), item('b', '1'), item('a', '2', -7))
      add(item('a', '3'), item('a', '4'))
      add(item('b', '2'), item('c', '1', 5))
      add(item('a', '5'), item('a', '6'))
      await producer.flush()
      clock.moveTo(clock.now() + 1_000)
      await log.maintain()
      // a: what replaces offset 4 lies in the newest batch, which no run looks at.
      const expected = [
        [4, 'a', '4'],
        [5, 'b', '2'],
        [6, 'c', '1'],
        [7, 'a', '5'],
        [8, 'a', '6'],
      ]
      const records = await all(log)
      expect(pairs(records)).toEqual(expected)
      expect(records[2]!.timestamp).toBe(timestamp + 5)
      await log.maintain()
      expect(pairs(await all(log))).toEqual(expected)
      // A reader that begins at an offset that is gone gets what follows.
      const listener = new Listener(log)
      listener.reader.seek('t', 0, 1)
      expect((await listener.read(1, 1))[0]!.offset).toBe(4)
      await listener.reader.close()
    })
  })

  test('a tombstone goes delete.retention.ms after compaction first met it', async () => {
    const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '1000' }
    await run(open, config, async (log, clock) => {
      const timestamp = 0 // Event time is long past: what counts is the clock.
      const items = [
        ['a', '1'],
        ['a', null],
        ['b', '1'],
        ['z', ''],
      ] as const
      await produce(log, 't', 0, ...items.map(([key, value]) => ({ key, value, timestamp })))
      await log.maintain()
      const first = [
        [1, 'a', null],
        [2, 'b', '1'],
        [3, 'z', ''],
      ]
      expect(pairs(await all(log))).toEqual(first)
      clock.moveTo(clock.now() + 999)
      await log.maintain()
      expect(pairs(await all(log))).toEqual(first)
      clock.moveTo(clock.now() + 1)
      await log.maintain()
      expect(pairs(await all(log))).toEqual(first.slice(1))
    })
  })

  test('min.compaction.lag.ms leaves young records alone', async () => {
    const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'min.compaction.lag.ms': '1000' }
    await run(open, config, async (log, clock) => {
      const item = (value: string) => ({ key: 'k', value, timestamp: clock.now() })
      await produce(log, 't', 0, item('1'), item('2'))
      clock.moveTo(clock.now() + 600)
      await produce(log, 't', 0, item('3'), item('4'))
      clock.moveTo(clock.now() + 600)
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['2', '3', '4'])
      clock.moveTo(clock.now() + 600)
      await log.maintain()
      expect((await all(log)).map(r => r.value)).toEqual(['3', '4'])
    })
  })

  test('compaction never loses the newest of a key, nor changes one that stays', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const records = fc.array(fc.tuple(key, fc.option(fc.string({ maxLength: 30 }))), { minLength: 1, maxLength: 6 })
    const step = fc.oneof(records, fc.constant('maintain' as const))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async steps => {
        const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }
        await run(open, config, async log => {
          const written: unknown[] = []
          const producer = log.producer({})
          await producer.init()
          for (const one of steps) {
            if (one === 'maintain') await log.maintain()
            else {
              for (const [key, value] of one) written.push([written.length, key, value])
              producer.append('t', 0, batch(...one.map(([key, value]) => ({ key, value, timestamp: 0 }))))
              await producer.flush()
            }
          }
          await log.maintain()
          const kept = pairs(await all(log)) as [number, string, string | null][]
          for (const record of kept) expect(written[record[0]]).toEqual(record)
          const newest = (list: unknown[]): unknown => new Map((list as [number, string][]).map(r => [r[1], r]))
          expect(newest(kept)).toEqual(newest(written))
        })
      }),
      { numRuns: 40 },
    )
  })
})

test('a reader with room for one batch passes over what compaction took out, on the disk too', async () => {
  await run(embeddedOpen, { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }, async (log, clock) => {
    const item = (key: string) => ({ key, value: key.repeat(1_500), timestamp: clock.now() })
    await produce(log, 't', 0, item('a'), item('b'), item('b'), item('c'), item('d'))
    await log.maintain()
    const listener = new Listener(log, 'read_committed', { maxPartitionBytes: 1 })
    listener.reader.seek('t', 0, 1)
    expect((await listener.read(1, 1))[0]!.offset).toBe(2)
    await listener.reader.close()
  })
})

test('the embedded log maintains itself on a timer, where a topic needs it', async () => {
  await run(embeddedOpen, {}, async (log, clock) => {
    expect(clock.next).toBeUndefined()
    await log.topics.create([{ name: 'short', partitions: 1, config: { 'retention.ms': '1000' } }])
    expect(clock.next).toBeDefined()
    const started = (): Promise<ReadonlyMap<string, number>> => log.startOffsets([{ topic: 'short', partition: 0 }])
    for (const times of [1, 2]) {
      await produce(log, 'short', 0, { value: 'x', timestamp: clock.now() })
      await vi.waitFor(() => expect(clock.next).toBeDefined())
      clock.moveTo(clock.now() + 60_000)
      await vi.waitFor(async () => expect([...(await started()).values()]).toEqual([times]))
    }
  })
})

test('the embedded log has one timer for all topics, and none when it is closed', async () => {
  await run(embeddedOpen, { 'retention.ms': '1000' }, async (log, clock) => {
    await log.topics.create([{ name: 'compacted', partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    await log.close()
    expect(clock.next).toBeUndefined()
  })
})

test('the embedded log sets no timer when it is closed while the last one is at work', async () => {
  await run(embeddedOpen, { 'retention.ms': '1000' }, async (log, clock) => {
    clock.moveTo(clock.now() + 60_000)
    await log.close()
    expect(clock.next).toBeUndefined()
  })
})

test('the memory log maintains itself only when it is called', async () => {
  await run(memoryOpen, { 'retention.ms': '1000' }, async (_, clock) => expect(clock.next).toBeUndefined())
})

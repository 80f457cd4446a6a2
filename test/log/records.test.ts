import { describe, expect, it } from 'vitest'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords, type ReadOptions } from '../../src/log/record-reader.js'
import { recordWriter } from '../../src/log/record-writer.js'
import type { Log } from '../../src/log/log.js'
import { json, string } from '../../src/serde/index.js'

const letters = { name: 'letters', key: string, value: string }

async function logWith(partitions: number): Promise<Log> {
  const log = memoryLog()
  await log.topics.create([{ name: letters.name, partitions }])
  return log
}

/** Writes in one transaction. */
async function write(log: Log, records: readonly (readonly [string | null, string | null])[]): Promise<void> {
  const producer = log.producer({ transactionalId: 'test' })
  await producer.init()
  const writer = await recordWriter(log, producer, [letters.name])
  for (const [key, value] of records) writer.write(letters, { key, value, timestamp: 1, headers: { from: 'test' } })
  writer.handOver()
  await producer.commit({ group: 'test', positions: [] })
  await producer.close()
}

async function read(log: Log, options?: ReadOptions): Promise<[string | null, string | null][]> {
  const found: [string | null, string | null][] = []
  for await (const { key, value } of readRecords(log, letters, options)) found.push([key, value])
  return found
}

describe('records written and read', () => {
  it('come back with everything they had', async () => {
    const log = await logWith(1)
    await write(log, [
      ['a', '1'],
      [null, '2'],
      ['b', null],
    ])
    const records = []
    for await (const record of readRecords(log, letters)) records.push(record)
    expect(records).toMatchObject([
      { key: 'a', value: '1', topic: 'letters', partition: 0, offset: 0, timestamp: 1 },
      { key: null, value: '2', offset: 1 },
      { key: 'b', value: null, offset: 2 },
    ])
    expect(records[0]!.headers.text('from')).toBe('test')
  })

  it('keep the order of a key, and spread those without one by turns', async () => {
    const log = await logWith(3)
    const many = Array.from({ length: 300 }, (_, i) => [i % 2 === 0 ? `k${i % 14}` : null, String(i)] as const)
    await write(log, many)
    const partitions = new Map<string, Set<number>>()
    const keyless = [0, 0, 0]
    const seen: [string | null, string | null][] = []
    for await (const { key, value, partition } of readRecords(log, letters)) {
      seen.push([key, value])
      if (key === null) keyless[partition]!++
      else partitions.set(key, (partitions.get(key) ?? new Set()).add(partition))
    }
    expect(seen).toHaveLength(300)
    expect(keyless).toEqual([50, 50, 50])
    expect([...partitions.values()].map(set => set.size)).toEqual(Array.from({ length: 7 }, () => 1))
    for (const key of partitions.keys()) {
      const of = (list: readonly (readonly [string | null, string | null])[]) => list.filter(([k]) => k === key)
      expect(of(seen)).toEqual(of(many))
    }
  })

  it('may outgrow a batch', async () => {
    const log = await logWith(1)
    const large = 'x'.repeat(100_000)
    await write(
      log,
      Array.from({ length: 30 }, (_, i) => [String(i), large]),
    )
    expect((await read(log)).map(([key]) => key)).toEqual(Array.from({ length: 30 }, (_, i) => String(i)))
  })

  it('end where the topic ended at the call', async () => {
    const log = await logWith(2)
    expect(await read(log)).toEqual([])
    await write(log, [['a', '1']])
    const records = readRecords(log, letters)
    expect((await records.next()).value).toMatchObject({ key: 'a' })
    await write(log, [['a', '2']])
    expect((await records.next()).done).toBe(true)
    expect(await read(log, { from: 'latest' })).toEqual([])
  })

  it('can be followed until a signal', async () => {
    const log = await logWith(2)
    await write(log, [['old', '0']])
    const stop = new AbortController()
    const records = readRecords(log, letters, { from: 'latest', until: 'never', signal: stop.signal })
    const first = records.next()
    // The ends are asked for by now: the memory log answers without leaving the microtasks.
    await new Promise(setImmediate)
    await write(log, [['new', '1']])
    expect((await first).value).toMatchObject({ key: 'new', value: '1' })
    const second = records.next()
    stop.abort()
    expect((await second).done).toBe(true)
  })

  it('name what is wrong', async () => {
    const log = await logWith(1)
    const producer = log.producer({})
    await producer.init()
    await expect(recordWriter(log, producer, ['nowhere'])).rejects.toThrow(/^UNKNOWN_TOPIC: .*nowhere/)
    await expect(readRecords(log, { ...letters, name: 'nowhere' }).next()).rejects.toThrow(/^UNKNOWN_TOPIC: .*nowhere/)
    const writer = await recordWriter(log, producer, [letters.name])
    expect(() => writer.write(letters, { key: 'a', value: 'b', partition: 1 })).toThrow(
      /BAD_ARGUMENT: partition 1 .*letters/,
    )
    await write(log, [['a', 'not JSON']])
    const wrong = readRecords(log, { ...letters, value: json<object>() })
    await expect(wrong.next()).rejects.toThrow(/^DESERIALIZE: .*topic letters, partition 0, offset 0/)
  })
})

it('says of a log that is not open how it is opened', async () => {
  const hint = expect.stringContaining('.open()')
  const refused = { code: 'BAD_ARGUMENT', hint }
  for (const closed of [{ kind: 'embedded', open: async () => memoryLog() }, undefined, './data', {}] as never[]) {
    await expect(recordWriter(closed, undefined as never, [letters.name])).rejects.toMatchObject(refused)
    await expect(read(closed)).rejects.toMatchObject(refused)
  }
})

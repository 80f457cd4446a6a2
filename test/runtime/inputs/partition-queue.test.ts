import { describe, expect, it } from 'vitest'
import type { RecordBatch } from '../../../src/log/batch/batch.js'
import { TaskRecord } from '../../../src/runtime/current-record.js'
import { unread } from '../../../src/serde/unread.js'
import { PartitionQueue, type SourceReading } from '../../../src/runtime/inputs/partition-queue.js'
import { string } from '../../../src/serde/index.js'
import { batch, source } from '../source-records.js'

function queue(position: number, end: number, reading: Partial<SourceReading> = {}) {
  return new PartitionQueue('in', 0, position, end, {
    node: source(),
    needsKey: true,
    needsExactKey: false,
    needsValue: true,
    ...reading,
  })
}

function drain(q: PartitionQueue): [unknown, unknown, number][] {
  const record = new TaskRecord()
  const all: [unknown, unknown, number][] = []
  while (q.ready) {
    expect(q.take(record)).toBe(true)
    all.push([q.key, q.value, record.offset])
    q.done()
  }
  return all
}

const fetched = (batches: RecordBatch[], next: number, end: number) => ({
  topic: 'in',
  partition: 0,
  batches,
  next,
  end,
})

describe('PartitionQueue', () => {
  it('hands out records in order, nulls included, and begins at its position inside a batch', () => {
    const q = queue(11, 13)
    q.add(
      fetched(
        [
          batch(10, [
            ['a', '1', 5],
            ['b', null, 6],
            [null, '3', 7],
          ]),
        ],
        13,
        13,
      ),
    )
    expect(drain(q)).toEqual([
      ['b', null, 11],
      [null, '3', 12],
    ])
    expect(q.position).toBe(13)
    expect(q.bytes).toBe(0)
  })

  it('passes what was fetched without records: control batches and gaps', () => {
    const q = queue(0, 4)
    q.add(fetched([batch(0, [['a', '1', 5]])], 4, 4))
    expect(q.position).toBe(0)
    drain(q)
    expect(q.position).toBe(4)
    expect(q.lag).toBe(0)
  })

  it('is waiting only while more is known to be there', () => {
    const q = queue(0, 1)
    expect(q.waiting).toBe(true)
    q.add(fetched([batch(0, [['a', '1', 5]])], 1, 1))
    expect(q.waiting).toBe(false)
    drain(q)
    expect(q.waiting).toBe(false)
  })

  it('leaves unread what nothing looks at, but never a null', () => {
    const q = queue(0, 2, { needsValue: false })
    q.add(
      fetched(
        [
          batch(0, [
            ['a', 'x', 1],
            ['b', null, 2],
          ]),
        ],
        2,
        2,
      ),
    )
    expect(drain(q).map(([, value]) => value)).toEqual([unread, null])
  })

  it('asks the extractor for the timestamp, and refuses a negative one', () => {
    const node = source({ timestamp: (value: string) => Number(value) })
    const q = queue(0, 2, { node })
    q.add(
      fetched(
        [
          batch(0, [
            ['a', '42', 1],
            ['b', '-1', 2],
          ]),
        ],
        2,
        2,
      ),
    )
    expect(q.ready && q.timestamp).toBe(42)
    q.done()
    expect(q.ready).toBe(true)
    expect(q.take(new TaskRecord())).toBe(false)
    expect(q.failure).toMatchObject({ code: 'CALLBACK' })
  })

  it('holds times that ascend to it, from the latest that was committed on', () => {
    const node = source({ timestamp: (value: string) => Number(value), ascending: true })
    const q = new PartitionQueue('in', 0, 0, 6, { node, needsKey: true, needsExactKey: false, needsValue: true }, 40)
    const values = ['39', '40', 'x', '41', '7', '41']
    q.add(
      fetched(
        [
          batch(
            0,
            values.map(value => ['a', value, 1]),
          ),
        ],
        6,
        6,
      ),
    )
    const seen: unknown[] = []
    const record = new TaskRecord()
    while (q.ready) {
      const before = q.latest
      const taken = q.take(record)
      seen.push([taken ? 'taken' : (q.failure as { code: string }).code, before])
      q.done()
    }
    expect(seen).toEqual([
      ['TIMESTAMP_NOT_MONOTONIC', 40],
      ['taken', 40],
      ['CALLBACK', 40],
      ['taken', 40],
      ['TIMESTAMP_NOT_MONOTONIC', 41],
      ['taken', 41],
    ])
    expect(q.latest).toBe(41)
  })

  it('holds the times that records carry to it, and no others', () => {
    const records = (['5', '6', '4'] as const).map(text => ['a', 'x', Number(text)] as const)
    const strict = queue(0, 3, { node: source({ ascending: true }) })
    const lax = queue(0, 3)
    for (const q of [strict, lax]) q.add(fetched([batch(0, records)], 3, 3))
    expect(drain(lax)).toHaveLength(3)
    expect(lax.latest).toBe(-1)
    for (const taken of [true, true, false]) {
      expect(strict.ready && strict.take(new TaskRecord())).toBe(taken)
      strict.done()
    }
    expect(strict.latest).toBe(6)
  })

  it('says why bytes could not be read and goes on behind them', () => {
    const broken = {
      ...string,
      deserialize: (): string => {
        throw new TypeError('no')
      },
    }
    const { deserializeFrom: _, ...onlyDeserialize } = broken
    const q = queue(0, 1, { node: source({ value: onlyDeserialize }) })
    q.add(fetched([batch(0, [['a', 'x', 1]])], 1, 1))
    expect(q.ready).toBe(true)
    expect(q.take(new TaskRecord())).toBe(false)
    expect(q.failure).toMatchObject({ code: 'DESERIALIZE', hint: expect.stringContaining('the serde threw') })
    q.done()
    expect(q.ready).toBe(false)
    expect(q.position).toBe(1)
  })
})

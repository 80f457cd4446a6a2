import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RecordBatch } from '../../../src/log/batch/batch.js'
import { TaskRecord } from '../../../src/runtime/current-record.js'
import { FairQueue } from '../../../src/runtime/inputs/fair-queue.js'
import { PartitionQueue } from '../../../src/runtime/inputs/partition-queue.js'
import { batch, source } from '../source-records.js'

const reading = { node: source(), needsKey: true, needsExactKey: false, needsValue: true }
const tenant = (value: unknown): string => (value as string).slice(0, 1)

/** A batch of values, each a tenant's letter and a number; behind it a marker that takes an offset. */
const batchOf = (baseOffset: number, values: readonly string[]): RecordBatch =>
  batch(
    baseOffset,
    values.map(value => ['k', value, 1]),
  )

interface Life {
  readonly queue: FairQueue
  readonly step: () => string | undefined
}

/** A queue that begins at a position, with all there is from there on. */
function life(
  batches: readonly RecordBatch[],
  position: number,
  ahead: string,
  lookAhead: number,
  maxBytes = 1e6,
): Life {
  const end = batches.at(-1)!.lastOffset + 2
  const inner = new PartitionQueue('in', 0, position, end, reading)
  const queue = new FairQueue(inner, reading, { by: tenant, lookAhead }, ahead, maxBytes, undefined)
  const rest = batches.filter(({ lastOffset }) => lastOffset >= position)
  queue.add({ topic: 'in', partition: 0, batches: rest, next: end, end })
  const record = new TaskRecord()
  return {
    queue,
    step() {
      if (!queue.ready) return undefined
      expect(queue.take(record)).toBe(true)
      const { value } = queue
      queue.done()
      return value as string
    },
  }
}

function batchesOf(sizes: readonly number[], values: readonly string[]): RecordBatch[] {
  const batches: RecordBatch[] = []
  let [offset, at] = [0, 0]
  for (let i = 0; at < values.length; i++) {
    const part = values.slice(at, at + sizes[i % sizes.length]!)
    batches.push(batchOf(offset, part))
    at += part.length
    offset += part.length + 1
  }
  return batches
}

it('tenants take turns within what is looked at ahead', () => {
  const values = [...Array.from({ length: 8 }, (_, i) => `a${i}`), 'b0', 'b1', 'c0']
  const { step } = life(batchesOf([4], values), 0, '', 100)
  expect(values.map(step)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'])
  expect(step()).toBeUndefined()
  const near = life(batchesOf([4], values), 0, '', 4)
  expect(values.map(near.step).indexOf('b0')).toBe(6)
})

it('gives each record once, each tenant in its order, whenever it is taken over', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'a', 'a', 'a', 'b', 'c', 'd'), { minLength: 1, maxLength: 120 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.record({ steps: fc.integer({ min: 0, max: 40 }), lost: fc.integer({ min: 0, max: 9 }) })),
      fc.integer({ min: 2, max: 50 }),
      fc.integer({ min: 1, max: 400 }),
      (tenants, sizes, lives, lookAhead, maxBytes) => {
        const values = tenants.map((name, i) => `${name}${i}`)
        const batches = batchesOf(sizes, values)
        let committed = { position: 0, ahead: '' }
        const seen: string[] = []
        const live = (steps: number, lost: number): void => {
          const { queue, step } = life(batches, committed.position, committed.ahead, lookAhead, maxBytes)
          for (let i = 0; i < steps; i++) {
            const value = step()
            if (value !== undefined) seen.push(value)
            const { position, ahead } = queue
            committed = { position, ahead }
            if (value === undefined) break
          }
          // What comes after the last commit is lost with the process.
          for (let i = 0; i < lost; i++) step()
        }
        for (const { steps, lost } of lives) live(steps, lost)
        live(Infinity, 0)
        expect(seen.toSorted()).toEqual(values.toSorted())
        for (const name of new Set(tenants)) {
          const own = (all: readonly string[]): string[] => all.filter(value => tenant(value) === name)
          expect(own(seen)).toEqual(own(values))
        }
        expect(committed).toEqual({ position: batches.at(-1)!.lastOffset + 2, ahead: '' })
      },
    ),
  )
})

it('remembers no more than a broker takes beside a position', () => {
  // Each tenant has two records far from each other, so that every first one leaves a gap.
  const values = Array.from({ length: 8_000 }, (_, i) => `${String.fromCharCode(0x100 + (i % 3_000) * 2)}${i}`)
  const first = values.map((value, i) => (i % 2 === 0 ? value : `a${i}`))
  const { queue, step } = life(batchesOf([500], first), 0, '', 15_000)
  let [longest, count] = [0, 0]
  for (; step() !== undefined; count++) longest = Math.max(longest, queue.ahead.length)
  expect(count).toBe(first.length)
  expect(longest).toBeGreaterThan(500)
  expect(longest).toBeLessThan(4_000)
})

it('knows the latest time before its position, whoever went ahead, and holds ascending times to it after a restart', () => {
  const ascending = {
    ...reading,
    node: source({ timestamp: (value: string) => Number(value.slice(1)), ascending: true }),
  }
  const values = ['a10', 'a20', 'b30', 'a40', 'b35', 'b50']
  const lives = (position: number, ahead: string, latest: number): FairQueue => {
    const inner = new PartitionQueue('in', 0, position, 6, ascending, latest)
    const queue = new FairQueue(inner, ascending, { by: tenant, lookAhead: 100 }, ahead, 1e6, undefined)
    queue.add({ topic: 'in', partition: 0, batches: [batchOf(0, values)], next: 6, end: 6 })
    return queue
  }
  const record = new TaskRecord()
  const step = (queue: FairQueue): unknown => {
    if (!queue.ready) return undefined
    const passed = queue.take(record) ? queue.value : (queue.failure as { code: string }).code
    queue.done()
    return passed
  }
  const first = lives(0, '', -1)
  expect([step(first), step(first)]).toEqual(['a10', 'b30'])
  expect([first.position, first.latest]).toEqual([1, 10])
  const second = lives(first.position, first.ahead, first.latest)
  // The one before the latest of its partition, 40, has no tenant of its own: it failed as it was read.
  expect(Array.from({ length: 5 }, () => step(second))).toEqual([
    'a20',
    'TIMESTAMP_NOT_MONOTONIC',
    'b50',
    'a40',
    undefined,
  ])
  expect([second.position, second.latest]).toEqual([6, 50])
})

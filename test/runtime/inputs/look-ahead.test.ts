import { expect, test } from 'vitest'
import { LookAhead } from '../../../src/runtime/inputs/look-ahead.js'
import { PartitionQueue } from '../../../src/runtime/inputs/partition-queue.js'
import { TaskRecord } from '../../../src/runtime/current-record.js'
import type { FetchesAhead } from '../../../src/store/key-value.js'
import { batch, source } from '../source-records.js'

/** A store that remembers which batches were fetched ahead, by the first key of each. */
class Remembering implements FetchesAhead {
  databaseReads = 0
  lookups = 0
  memoryBytes = 0
  readonly fetched: string[] = []

  prefetch(keys: readonly Uint8Array[]): Promise<void> {
    this.fetched.push(`${Buffer.from(keys[0]!).toString()} ${keys.length}`)
    return Promise.reject(new Error('closed'))
  }

  warm(): void {}
}

const perBatch = 1024

function batches(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => {
    const rows = Array.from({ length: perBatch }, (_row, n) => [`${from + i}-${n}`, 'v', 1] as [string, string, number])
    return batch((from + i) * perBatch, rows)
  })
}

/** The fifth record of the batch cannot be read. */
function damaged(number: number) {
  const [whole] = batches(number, number + 1)
  const cursor = whole!.cursor()
  for (let i = 0; i < 4; i++) cursor.next()
  whole!.buffer[cursor.recordEnd] = 0xff
  return whole!
}

function fed(store: FetchesAhead) {
  const reading = { node: source(), needsKey: true, needsExactKey: false, needsValue: true }
  const queue = new PartitionQueue('in', 0, 0, 0, reading, -1, undefined, new LookAhead([store]))
  const record = new TaskRecord()
  const add = (from: number, to: number, more = batches(from, to)): void =>
    queue.add({ topic: 'in', partition: 0, batches: more, next: to * perBatch, end: to * perBatch })
  const take = (count: number): void => {
    for (let i = 0; i < count && queue.ready; i++) {
      queue.take(record)
      queue.done()
    }
  }
  return { add, take }
}

/** The last of four batches has begun, and nearly each record of them read the database. */
function readMuch() {
  const store = new Remembering()
  const { add, take } = fed(store)
  add(0, 4)
  take(3 * perBatch)
  store.databaseReads = 4000
  take(1)
  return { store, add, take }
}

test('batches that wait are fetched while the database is read much, and none while it is not', () => {
  const store = new Remembering()
  const { add, take } = fed(store)
  add(0, 13)
  take(3 * perBatch)
  expect(store.fetched).toEqual([])
  // Nearly one read of three records, up to the sample's end.
  store.databaseReads = 1300
  take(perBatch)
  expect(store.fetched).toEqual([])
  take(3 * perBatch)
  store.databaseReads += 2000
  take(perBatch)
  // Number 7 has begun, and 8 and 9 were passed by when it was not worth it.
  expect(store.fetched).toEqual([`10-0 ${perBatch}`])
  take(1)
  expect(store.fetched).toEqual([`10-0 ${perBatch}`, `11-0 ${perBatch}`])
})

test('what arrives while the last batch is worked on is looked at too, up to 4,096 records', () => {
  const { store, add } = readMuch()
  add(4, 9)
  expect(store.fetched).toEqual([4, 5, 6].map(number => `${number}-0 ${perBatch}`))
})

test('a batch that is damaged is fetched up to there: whoever takes the record says so', () => {
  const { store, add } = readMuch()
  add(4, 5, [damaged(4)])
  expect(store.fetched).toEqual(['4-0 4'])
})

test('records that will not wait until what is fetched for them has come are left out', async () => {
  const { store, add, take } = readMuch()
  add(4, 5)
  // Three batches begin before it comes.
  add(5, 8)
  take(perBatch)
  take(2 * perBatch)
  await new Promise(setImmediate)
  store.databaseReads += 4500
  store.fetched.length = 0
  take(2 * perBatch)
  expect(store.fetched).toEqual([])
  add(8, 14)
  expect(store.fetched).toEqual([11, 12, 13].map(number => `${number}-0 ${perBatch}`))
})

test('it looks less far ahead where records read again what was fetched for them, and farther once they do not', () => {
  const store = new Remembering()
  const { add, take } = fed(store)
  let next = 0
  const round = (readsPerRecord: number): readonly string[] => {
    store.fetched.length = 0
    store.databaseReads += 4 * perBatch * readsPerRecord
    add(next, next + 4)
    const fetched = [...store.fetched]
    take(4 * perBatch)
    next += 4
    return fetched
  }
  // The last batch of before counts until the next one is begun.
  expect([1, 2, 2, 1, 1, 1].map(reads => round(reads).length)).toEqual([0, 3, 1, 0, 1, 1])
})

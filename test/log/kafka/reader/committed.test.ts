import { describe, expect, test } from 'vitest'
import { crc32c } from '@node-rs/crc32'
import { scan, type Scanned } from '../../../../src/log/kafka/reader/committed.js'
import type { FetchResult } from '../../../../src/log/kafka/requests/fetch.js'
import { RecordHeaders } from '../../../../src/record.js'
import { BatchBuilder } from '../../../../src/log/batch/builder.js'
import { batch, expectCode } from '../../helpers.js'

const at = { baseOffset: 0, crc: 17, attributes: 21, records: 61 }

/** A stretch of log: each part knows its offset. */
class Partition {
  #next: number
  readonly #parts: Buffer[] = []

  constructor(start: number = 0) {
    this.#next = start
  }

  data(producerId: number, ...values: string[]): this {
    const transactional = producerId >= 0
    return this.#add(
      batch(...values).finish({ producerId, producerEpoch: 0, baseSequence: 0, transactional }),
      values.length,
    )
  }

  marker(producerId: number, type: 'commit' | 'abort'): this {
    const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0])
    const builder = new BatchBuilder()
    builder.append(0, key, Buffer.alloc(6), RecordHeaders.none)
    const bytes = builder.finish({ producerId, producerEpoch: 0, baseSequence: -1, transactional: true })
    bytes.writeInt16BE(0x30, at.attributes)
    bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc)
    return this.#add(bytes, 1)
  }

  /** Offsets that compaction has taken away. */
  gap(offsets: number): this {
    this.#next += offsets
    return this
  }

  fetched(aborted: [producerId: number, firstOffset: number][] = []): FetchResult {
    return {
      topic: 'jobs',
      partition: 0,
      error: 0,
      highWatermark: this.#next,
      lastStableOffset: this.#next,
      aborted: aborted.map(([id, firstOffset]) => ({ producerId: BigInt(id), firstOffset })),
      records: Buffer.concat(this.#parts),
    }
  }

  #add(bytes: Buffer, count: number): this {
    const copy = Buffer.from(bytes)
    copy.writeBigInt64BE(BigInt(this.#next), at.baseOffset)
    this.#parts.push(copy)
    this.#next += count
    return this
  }
}

const offsets = ({ batches }: Scanned): number[] => batches.map(one => one.baseOffset)

describe('what a reader gets of a fetch', () => {
  test('leaves out the aborted transactions of a producer, and no others', () => {
    const log = new Partition()
      .data(1, 'a', 'b') // 0: aborted
      .data(2, 'c') // 2: committed
      .data(-1, 'd') // 3: no transaction
      .data(1, 'e') // 4: aborted
      .marker(1, 'abort') // 5
      .data(1, 'f') // 6: committed
      .marker(2, 'commit') // 7
      .marker(1, 'commit') // 8
      .data(1, 'g') // 9: aborted again
      .marker(1, 'abort') // 10
    // The broker need not list them in order.
    const aborted: [number, number][] = [
      [1, 9],
      [1, 0],
    ]
    const committed = scan(log.fetched(aborted), 0, 'read_committed')
    expect(offsets(committed)).toEqual([2, 3, 6])
    expect(committed.next).toBe(11)
    const all = scan(log.fetched(), 0, 'read_uncommitted')
    expect(offsets(all)).toEqual([0, 2, 3, 4, 6, 9])
    expect(all.bytes).toBe(all.batches.reduce((sum, one) => sum + one.bytes, 0))
  })

  test('an aborted transaction that began before the fetch is left out too', () => {
    const log = new Partition(100).data(1, 'x').data(2, 'y').marker(1, 'abort')
    expect(offsets(scan(log.fetched([[1, 40]]), 100, 'read_committed'))).toEqual([101])
  })

  test('a data record whose key looks like an abort marker is data', () => {
    const builder = new BatchBuilder()
    builder.append(0, Buffer.from([0, 0, 0, 0]), Buffer.from('x'), RecordHeaders.none)
    const records = builder.finish({ producerId: 1, producerEpoch: 0, baseSequence: 0, transactional: true })
    const result = { ...new Partition().fetched(), records }
    expect(offsets(scan(result, 0, 'read_committed'))).toEqual([0])
  })

  test('the position passes markers, gaps and what is before it', () => {
    const log = new Partition().data(1, 'a', 'b', 'c').marker(1, 'commit').gap(10).marker(2, 'abort')
    expect(scan(log.fetched(), 1, 'read_committed')).toMatchObject({ next: 15, batches: [{ baseOffset: 0 }] })
    expect(scan(log.fetched(), 3, 'read_committed')).toMatchObject({ next: 15, batches: [], bytes: 0 })
    expect(scan(new Partition(7).fetched(), 7, 'read_committed')).toEqual({ next: 7, batches: [], bytes: 0 })
  })

  test('a batch that is cut off is left for the next fetch', () => {
    const log = new Partition().data(1, 'a').data(1, 'b').fetched()
    const cut = { ...log, records: log.records.subarray(0, log.records.length - 1) }
    expect(scan(cut, 0, 'read_uncommitted')).toMatchObject({ next: 1, batches: [{ baseOffset: 0 }] })
  })

  test('a damaged batch is named', async () => {
    const { records, ...result } = new Partition(5).data(1, 'a').data(1, 'damaged').fetched()
    records[records.length - 2]! ^= 1
    const error = await expectCode('CORRUPT', () => scan({ ...result, records }, 5, 'read_committed'))
    expect(error.place).toEqual({ topic: 'jobs', partition: 0, offset: 6 })
  })
})

import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../../src/record.js'
import { string } from '../../src/serde/string.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb } from '../../src/store/state-db.js'
import { createSuppressBuffer, type SuppressBuffer } from '../../src/store/suppress-buffer.js'
import { commit, compacted, restore } from './changelogged.js'

type Buffered = SuppressBuffer<string, string> & ManagedStore

function bufferOver(db: StateDb): Buffered {
  const beside = (suffix: string) => db.store(`buffer${suffix}`)
  return createSuppressBuffer({
    name: 'buffer',
    key: string,
    value: string,
    db: db.store('buffer'),
    beside,
    cacheBytes: 0,
  })
}

function put(buffer: Buffered, time: number, key: string, value: string | null, old?: string | null): void {
  buffer.put(time, key, { value, old, timestamp: time + 1, headers: RecordHeaders.from({ key }) })
}

/** Takes everything out, in its order. */
async function taken(buffer: Buffered): Promise<string[]> {
  const found: string[] = []
  for (let first = await buffer.first(); first !== undefined; first = await buffer.first()) {
    const { value, old, timestamp, headers } = first.value
    found.push(`${first.timestamp} ${first.key}=${value} was ${old} @${timestamp} ${headers.text('key')}`)
    buffer.remove(first)
  }
  return found
}

/** What a buffer of `suppress` must do. */
export function suppressBufferContract(name: string, open: () => Promise<StateDb>): void {
  describe(`a buffer of suppressed changes in ${name}`, () => {
    test('gives them back by time, then by key', async () => {
      const buffer = bufferOver(await open())
      put(buffer, 5, 'b', '1')
      put(buffer, 5, 'a', '2', null)
      put(buffer, 3, 'c', null, 'x')
      expect([buffer.records, buffer.bytes > 0]).toEqual([3, true])
      expect(await taken(buffer)).toEqual(['3 c=null was x @4 c', '5 a=2 was null @6 a', '5 b=1 was undefined @6 b'])
      expect([buffer.records, buffer.bytes]).toEqual([0, 0])
      expect(await buffer.first()).toBeUndefined()
    })

    test('keeps the place and the old value of a key that waits, and takes the rest of the later change', async () => {
      const buffer = bufferOver(await open())
      put(buffer, 5, 'a', '1', 'told')
      put(buffer, 6, 'b', '2')
      const before = buffer.bytes
      put(buffer, 9, 'a', 'longer', '1')
      expect([buffer.records, buffer.bytes - before]).toEqual([2, 5])
      expect(await taken(buffer)).toEqual(['5 a=longer was told @10 a', '6 b=2 was undefined @7 b'])
    })

    test('is the same after a restart, and after a restore', async () => {
      const db = await open()
      const buffer = bufferOver(db)
      buffer.observed.value = 9
      for (const key of ['a', 'b', 'c']) put(buffer, 5, key, key)
      const records = await commit(db, buffer)
      buffer.remove((await buffer.first())!)
      put(buffer, 7, 'a', 'again')
      put(buffer, 1, 'c', 'later')
      records.push(...(await commit(db, buffer)))
      const expected = ['5 b=b was undefined @6 b', '5 c=later was undefined @2 c', '7 a=again was undefined @8 a']
      const other = await open()
      await restore(other, bufferOver(other), records)
      const third = await open()
      await restore(third, bufferOver(third), compacted(records))
      for (const each of [db, other, third]) {
        const again = bufferOver(each)
        expect([again.observed.value, again.records, again.bytes]).toEqual([9, 3, buffer.bytes])
        expect(await taken(again)).toEqual(expected)
      }
    })

    test('discards what no commit has taken', async () => {
      const db = await open()
      const buffer = bufferOver(db)
      put(buffer, 5, 'a', '1')
      await commit(db, buffer)
      put(buffer, 6, 'b', '2')
      buffer.remove((await buffer.first())!)
      buffer.discard()
      expect(buffer.records).toBe(1)
      expect(await taken(buffer)).toEqual(['5 a=1 was undefined @6 a'])
    })
  })
}

import { expect, test } from 'vitest'
import { int64Bytes, readInt64 } from '../../src/serde/int64-bytes.js'
import type { CachedStore } from '../../src/store/cached-store.js'
import { Sweeper } from '../../src/store/sweeper.js'

test('the expired are walked once in a while, from where the last walk ended or something was put behind it', async () => {
  const walks: [from: number, to: number][] = []
  let rest: Uint8Array | undefined
  const store = {
    async deleteRange(from: Buffer, to: Buffer) {
      walks.push([from.length === 0 ? -1 : readInt64(from, 0), readInt64(to, 0)])
      return rest
    },
  }
  const sweeper = new Sweeper(store as unknown as CachedStore<Uint8Array, Uint8Array>, 1000, 40_000)
  const walked = async (bucket: number): Promise<unknown> => {
    await sweeper.sweep(bucket, 0)
    return walks.splice(0)
  }
  sweeper.added(3)
  expect(await walked(8)).toEqual([])
  expect(await walked(10)).toEqual([[-1, 10]])
  sweeper.added(12)
  expect(await walked(19)).toEqual([])
  rest = int64Bytes(15)
  expect(await walked(20)).toEqual([[10, 20]])
  rest = undefined
  expect(await walked(20)).toEqual([[15, 20]])
  sweeper.added(4)
  expect(await walked(20)).toEqual([[4, 20]])
  sweeper.forget()
  expect(await walked(9)).toEqual([[-1, 9]])
})

import { expect, test } from 'vitest'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { WindowLists } from '../../src/store/window-lists.js'

test('a restore counts in what the batch before changed, though it is not written yet', async () => {
  const db = new MemoryStateDb()
  const lists = new WindowLists(db.store('lists'), Infinity, 0)
  const key = Buffer.from('k')
  const restored = (start: number, present: boolean) => {
    const batch = db.batch()
    lists.restore({ key, start, end: start + 10 }, present, batch)
    return batch
  }
  await db.write(restored(0, true))
  const [second, third] = [restored(10, true), restored(0, false)]
  await db.write(second)
  const fourth = restored(20, true)
  await db.write(third)
  await db.write(fourth)
  expect(lists.find(key, 0, 100)).toEqual([
    { start: 10, end: 20 },
    { start: 20, end: 30 },
  ])
})

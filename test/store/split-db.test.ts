import { expect, test } from 'vitest'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { SplitStateDb, type IsSecond } from '../../src/store/split-db.js'
import { stateDbContract } from './state-db.contract.js'

const split = (isSecond: IsSecond) => async () => new SplitStateDb(new MemoryStateDb(), new MemoryStateDb(), isSecond)
stateDbContract(
  'SplitStateDb, by the names of stores',
  split(store => store === 's'),
)
stateDbContract(
  'SplitStateDb, all in the first',
  split(() => false),
)
stateDbContract(
  'SplitStateDb, all in the second',
  split(() => true),
)

test('SplitStateDb keeps what belongs to one database out of the other', async () => {
  const [disk, memory] = [new MemoryStateDb(), new MemoryStateDb()]
  const db = new SplitStateDb(disk, memory, (store, key) => store === 'm' || (store === 'positions' && key[0] === 109))
  const batch = db.batch()
  for (const store of ['m', 'd']) {
    batch.put(store, Buffer.from('key'), Buffer.from(store))
    batch.put('positions', Buffer.from(store), Buffer.from(store))
  }
  await db.write(batch)
  const at = (where: MemoryStateDb | SplitStateDb) =>
    [
      ['m', 'key'],
      ['d', 'key'],
      ['positions', 'm'],
      ['positions', 'd'],
    ].map(([store, key]) => where.store(store!).get(Buffer.from(key!))?.toString())
  expect(at(disk)).toEqual([undefined, 'd', undefined, 'd'])
  expect(at(memory)).toEqual(['m', undefined, 'm', undefined])
  expect(at(db)).toEqual(['m', 'd', 'm', 'd'])
})

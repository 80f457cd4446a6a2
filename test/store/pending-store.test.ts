import { expect, test } from 'vitest'
import { RecordHeaders } from '../../src/record.js'
import { string } from '../../src/serde/string.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { createPendingStore } from '../../src/store/pending-store.js'
import { commit } from './changelogged.js'

const record = { topic: 't', partition: 0, offset: 0, path: '', headers: RecordHeaders.none, source: undefined }

function opened(db = new MemoryStateDb()) {
  const store = createPendingStore({ name: 'waiting', db: db.store('waiting'), cacheBytes: 0, operators: ['op'] })
  const scope = store.scope('op', string, string)
  const add = (key: string) => scope.add({ key, value: 'v'.repeat(100), timestamp: 1, record })
  return { db, store, scope, add }
}

test('what ends before a commit is never written, and no longer counts as uncommitted', async () => {
  const { db, store, scope, add } = opened()
  const [a, b] = [add('a'), add('b')]
  const both = store.uncommittedBytes
  scope.end(a)
  expect(store.uncommittedBytes).toBe(both / 2)
  scope.end(b)
  expect(store.uncommittedBytes).toBe(0)
  expect(await commit(db, store)).toEqual([])
})

test('what ends behind a commit is taken out by the next one', async () => {
  const { db, store, scope, add } = opened()
  const a = add('a')
  expect(await commit(db, store)).toHaveLength(1)
  expect(store.uncommittedBytes).toBe(0)
  a.failures = 2
  scope.change(a)
  scope.end(a)
  expect(store.uncommittedBytes).toBe(0)
  expect(await commit(db, store)).toMatchObject([{ value: null }])
  expect(await opened(db).scope.load()).toEqual([])
})

test('a restart finds what is unfinished in its order, with its failures, and goes on counting behind it', async () => {
  const { db, store, scope, add } = opened()
  const entries = ['a', 'b', 'c'].map(add)
  await commit(db, store)
  scope.end(entries[0]!)
  entries[1]!.failures = 3
  entries[1]!.due = 77
  scope.change(entries[1]!)
  await commit(db, store)
  const again = opened(db)
  const found = await again.scope.load()
  expect(found).toMatchObject([
    { seq: 1, key: 'b', failures: 3, due: 77, lane: 'kb' },
    { seq: 2, key: 'c', failures: 0, due: 0 },
  ])
  expect(found[0]!.value()).toBe('v'.repeat(100))
  expect(again.add('d').seq).toBe(3)
})

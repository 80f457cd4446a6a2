import { expect, test, vi } from 'vitest'
import { string } from '../../src/serde/string.js'
import { createKeyValueStore } from '../../src/store/cached-store.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import { partEntry, partKey, type Gathering } from '../../src/store/part-entry.js'

test('what is known of a key with many parts is not read anew with each of them', async () => {
  const db = new MemoryStateDb()
  const store = createKeyValueStore({
    name: 'parts',
    key: partKey(string),
    value: partEntry([string]),
    db: db.store('parts'),
    cache: false,
  })
  const id = { key: 'import-7', part: '' }
  const parse = vi.spyOn(JSON, 'parse')
  let names: readonly string[] = []
  for (let part = 0; part < 200; part++) {
    names = (store.get(id) as Gathering | undefined)?.names ?? []
    void store.put(id, { names: [...names, String(part)], due: 1, latest: part }, part)
    void store.put({ key: 'import-7', part: String(part) }, { side: 0, value: 'done' }, part)
  }
  expect(names).toEqual(Array.from({ length: 199 }, (_, part) => String(part)))
  expect(parse.mock.calls.length).toBeLessThan(20)
  parse.mockRestore()
  expect(store.get({ key: 'import-7', part: '7' })).toEqual({ side: 0, value: 'done' })
})

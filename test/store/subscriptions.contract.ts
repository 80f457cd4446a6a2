import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { string } from '../../src/serde/string.js'
import { createSubscriptions, type Subscriptions } from '../../src/store/subscriptions.js'
import type { ManagedStore } from '../../src/store/key-value.js'
import type { StateDb } from '../../src/store/state-db.js'
import { commit, compacted, restore } from './changelogged.js'

type Subscribed = Subscriptions<string> & ManagedStore

function subscriptionsOver(db: StateDb, cacheBytes: number = 1 << 16): Subscribed {
  return createSubscriptions({ name: 'subscriptions', value: string, db: db.store('subscriptions'), cacheBytes })
}

function put(store: Subscribed, foreign: string, primary: string, value: string | null): void {
  store.put(Buffer.from(foreign), Buffer.from(primary), value, 1)
}

/** `undefined` where it is known that there are none. */
async function of(store: Subscribed, foreign: string): Promise<string[] | undefined> {
  const found = store.of(Buffer.from(foreign))
  if (found === undefined) return undefined
  const texts: string[] = []
  for await (const [primary, value] of found) texts.push(`${Buffer.from(primary).toString()}=${value}`)
  return texts
}

/** Asks until the database has been gone through. */
async function known(store: Subscribed): Promise<void> {
  await vi.waitFor(() => expect(store.of(Buffer.from('nobody'))).toBeUndefined(), { timeout: 10_000, interval: 2 })
}

/** What a store of subscriptions must do. */
export function subscriptionsContract(name: string, open: () => Promise<StateDb>): void {
  describe(`subscriptions in ${name}`, () => {
    test('are found by their foreign key alone, before and after the commit', async () => {
      const db = await open()
      const store = subscriptionsOver(db)
      put(store, 'a', '1', 'x')
      put(store, 'a', '2', 'y')
      put(store, 'ab', '1', 'z')
      put(store, '', '1', 'e')
      for (let i = 0; i < 2; i++) {
        expect(await of(store, 'a')).toEqual(['1=x', '2=y'])
        expect(await of(store, 'ab')).toEqual(['1=z'])
        expect(await of(store, '')).toEqual(['1=e'])
        await commit(db, store)
      }
      put(store, 'a', '1', null)
      expect(await of(store, 'a')).toEqual(['2=y'])
    })

    test('are known to be none once the database was gone through', async () => {
      const db = await open()
      const store = subscriptionsOver(db)
      put(store, 'a', '1', 'x')
      await commit(db, store)
      const again = subscriptionsOver(db)
      put(again, 'b', '1', 'y')
      await known(again)
      expect(await of(again, 'a')).toEqual(['1=x'])
      expect(await of(again, 'b')).toEqual(['1=y'])
      put(again, 'c', '1', 'z')
      expect(await of(again, 'c')).toEqual(['1=z'])
    })

    test('are found where there is no room for what is known', async () => {
      const store = subscriptionsOver(await open(), 0)
      for (let i = 0; i < 100; i++) put(store, `f${i}`, '1', String(i))
      expect(await of(store, 'nobody')).toEqual([])
      await turn()
      for (let i = 0; i < 100; i++) expect(await of(store, `f${i}`)).toEqual([`1=${i}`])
    })

    test('are found after a restore, and after what no commit has taken was forgotten', async () => {
      const db = await open()
      const store = subscriptionsOver(db)
      await known(store)
      put(store, 'a', '1', 'x')
      put(store, 'b', '1', 'y')
      const changes = await commit(db, store)
      put(store, 'c', '1', 'z')
      store.discard()
      await known(store)
      expect(await of(store, 'a')).toEqual(['1=x'])

      const other = await open()
      const restored = subscriptionsOver(other)
      await known(restored)
      await restore(other, restored, compacted(changes))
      await known(restored)
      expect(await of(restored, 'a')).toEqual(['1=x'])
      expect(await of(restored, 'b')).toEqual(['1=y'])
    })

    test('are found where all was forgotten while the database was gone through', async () => {
      const before = await open()
      const former = subscriptionsOver(before)
      put(former, 'a', '1', 'x')
      const changes = await commit(before, former)
      const db = await open()
      const store = subscriptionsOver(db)
      // Begun before, it ends behind this, and has seen none of what comes.
      void store.of(Buffer.from('b'))
      store.discard()
      await restore(db, store, changes)
      for (let i = 0; i < 50; i++) await turn()
      expect(await of(store, 'a')).toEqual(['1=x'])
    })
  })
}

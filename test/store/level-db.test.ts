import { Level } from 'level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LevelStateDb } from '../../src/store/level-db.js'
import { openStateDb } from '../../src/store/open-state-db.js'
import { stateDbContract } from './state-db.contract.js'
import { tempDir } from './temp-dir.js'

stateDbContract('openStateDb', async () => {
  const db = await openStateDb(await tempDir(), { application: 'app', task: 'jobs-0' })
  onTestFinished(() => db.close())
  return db
})

stateDbContract('LevelStateDb beside other data', async () => {
  const level = await shared()
  return new LevelStateDb(level, 'state:')
})

describe('LevelStateDb in a database that another owns', () => {
  test('writes its batch together with the owner’s data, and leaves that data alone', async () => {
    const level = await shared()
    const state = new LevelStateDb(level, 'state:')
    const batch = state.batch()
    batch.put('s', Buffer.from('a'), Buffer.from('1'))
    const chained = level.batch()
    chained.put(Buffer.from('log:2'), Buffer.from('record'))
    await state.append(batch, chained)
    expect(state.store('s').get(Buffer.from('a'))).toBeUndefined()
    await chained.write()
    expect(state.store('s').get(Buffer.from('a'))).toEqual(Buffer.from('1'))

    const clearing = state.batch()
    clearing.clear('s')
    await state.write(clearing)
    expect(state.store('s').get(Buffer.from('a'))).toBeUndefined()
    expect(await level.get(Buffer.from('log:2'))).toEqual(Buffer.from('record'))
    expect(await level.get(Buffer.from('statf'))).toEqual(Buffer.from('above'))
  })

  test('leaves closing to the owner', async () => {
    const level = await shared()
    await new LevelStateDb(level, 'state:').close()
    expect(level.status).toBe('open')
  })

  test.each(['', 'a\0b'])('refuses the store name %j', async name => {
    const state = new LevelStateDb(await shared(), 'state:')
    expect(() => state.store(name)).toThrow(/BAD_ARGUMENT.*cannot name a store/s)
  })

  test('says that it is closed', async () => {
    const level = await shared()
    const state = new LevelStateDb(level, 'state:')
    const store = state.store('s')
    const batch = state.batch()
    batch.put('s', Buffer.from('a'), Buffer.from('1'))
    await level.close()
    expect(() => store.get(Buffer.from('a'))).toThrow(/NOT_RUNNING.*store s/)
    await expect(state.write(batch)).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })

  test('says that it was closed to whoever was going through it', async () => {
    const level = await shared()
    const state = new LevelStateDb(level, 'state:')
    const batch = state.batch()
    batch.put('s', Buffer.from('a'), Buffer.from('1'))
    await state.write(batch)
    const entries = state.store('s').entries()[Symbol.asyncIterator]()
    await entries.next()
    await level.close()
    await expect(entries.next()).rejects.toMatchObject({ code: 'NOT_RUNNING', place: { store: 's' } })
  })
})

/** A database with something of another owner's before and behind the keys of the state. */
async function shared(): Promise<Level<Buffer, Buffer>> {
  const level = new Level<Buffer, Buffer>(await tempDir(), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  onTestFinished(() => level.close())
  await level.open()
  await level.put(Buffer.from('log:1'), Buffer.from('below'))
  await level.put(Buffer.from('statf'), Buffer.from('above'))
  return level
}

import { expect, test } from 'vitest'
import { SluiceError } from '../../src/errors.js'
import { MemoryStateDb } from '../../src/store/memory-db.js'
import type { StateDb, StateLoad } from '../../src/store/state-db.js'
import { WriteBehind } from '../../src/store/write-behind.js'

const key = Buffer.from('k')

/** A database whose loads are written when the test says so. */
function slow(): { db: StateDb; begun: number; end: (index: number, error?: Error) => void } {
  const ends: ((error?: Error) => void)[] = []
  const parts = {
    begun: 0,
    end: (index: number, error?: Error) => ends[index]!(error),
    db: new (class extends MemoryStateDb {
      override load(): StateLoad {
        const load = super.load()
        const write = load.write.bind(load)
        load.write = async () => {
          parts.begun++
          const error = await new Promise<Error | undefined>(resolve => ends.push(resolve))
          if (error !== undefined) throw error
          await write()
        }
        return load
      }
    })(),
  }
  return parts
}

function fill(writing: WriteBehind, value: string): void {
  writing.load.put('s', key, Buffer.from(value))
}

test('one load is on its way while the next is filled, never two', async () => {
  const parts = slow()
  const writing = new WriteBehind(parts.db)
  fill(writing, '1')
  await writing.send()
  fill(writing, '2')
  const second = writing.send()
  await settled()
  expect(parts.begun).toBe(1)
  expect(parts.db.store('s').get(key)).toBeUndefined()
  parts.end(0)
  await second
  expect(parts.begun).toBe(2)
  expect(String(parts.db.store('s').get(key))).toBe('1')
  const end = writing.end()
  parts.end(1)
  await end
  expect(String(parts.db.store('s').get(key))).toBe('2')
  await writing.close()
})

test('a load that fails ends the next send, and nothing after it is written', async () => {
  const parts = slow()
  const writing = new WriteBehind(parts.db)
  fill(writing, '1')
  await writing.send()
  fill(writing, '2')
  const sent = writing.send()
  parts.end(0, new SluiceError('STATE_WRITE', 'the disk is full'))
  await expect(sent).rejects.toMatchObject({ code: 'STATE_WRITE' })
  await writing.close()
  expect(parts.begun).toBe(1)
  expect(parts.db.store('s').get(key)).toBeUndefined()
})

test('closing waits for what is on its way and forgets the rest', async () => {
  const parts = slow()
  const writing = new WriteBehind(parts.db)
  fill(writing, '1')
  await writing.send()
  fill(writing, '2')
  let closed = false
  const closing = writing.close().then(() => (closed = true))
  await settled()
  expect(closed).toBe(false)
  parts.end(0)
  await closing
  expect(parts.begun).toBe(1)
  expect(String(parts.db.store('s').get(key))).toBe('1')
})

/** Lets everything run that waits for nothing but its turn. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

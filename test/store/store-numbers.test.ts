import { Level } from 'level'
import { expect, onTestFinished, test } from 'vitest'
import { LevelStateDb } from '../../src/store/level-db.js'
import { numberBytes } from '../../src/store/store-numbers.js'
import { tempDir } from './temp-dir.js'

const key = Buffer.from('key')

test('the key of a state is the number of its store, and its own bytes', async () => {
  const level = await open(await tempDir())
  await put(new LevelStateDb(level), 'completed-jobs', 'v')
  const keys = (await level.keys().all()).map(bytes => bytes.toString('latin1'))
  expect(keys).toEqual(['\0:', '\0:completed-jobs', '\x01key'])
})

test('a store has the same number after a restart, in whatever order stores are asked for', async () => {
  const dir = await tempDir()
  const first = await open(dir)
  const before = new LevelStateDb(first)
  for (const name of ['a', 'b', 'sluice']) await put(before, name, name)
  await first.close()
  const after = new LevelStateDb(await open(dir))
  for (const name of ['new', 'sluice', 'b', 'a']) after.store(name)
  await put(after, 'new', 'new')
  for (const name of ['a', 'b', 'sluice', 'new']) expect(text(after.store(name).get(key))).toBe(name)
})

test('a number is kept by the first batch that is written, not by one that was given up', async () => {
  const dir = await tempDir()
  const first = await open(dir)
  const before = new LevelStateDb(first)
  const lost = before.load()
  lost.put('lost', key, Buffer.from('never'))
  await lost.close()
  await put(before, 'kept', 'kept')
  await put(before, 'lost', 'later')
  await first.close()
  const after = new LevelStateDb(await open(dir))
  expect(text(after.store('kept').get(key))).toBe('kept')
  expect(text(after.store('lost').get(key))).toBe('later')
})

test('a thousand stores keep apart, also when they are walked', async () => {
  const state = new LevelStateDb(await open(await tempDir()), 'state')
  const names = Array.from({ length: 1000 }, (_, i) => `store-${i}`)
  const batch = state.batch()
  for (const name of names) batch.put(name, key, Buffer.from(name))
  await state.write(batch)
  for (const name of names) {
    const found: string[] = []
    for await (const [, value] of state.store(name).entries()) found.push(text(value)!)
    expect(found).toEqual([name])
  }
})

test.each([1, 127, 128, 255, 256, 65_535, 16_777_215])('the bytes of %i begin with no other number', number => {
  const bytes = numberBytes(number)
  expect(bytes[0]).not.toBe(0)
  expect(bytes.length).toBe(number < 128 ? 1 : 4)
  expect(bytes.length === 1).toBe(bytes[0]! < 128)
})

async function open(dir: string): Promise<Level<Buffer, Buffer>> {
  const level = new Level<Buffer, Buffer>(dir, { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  onTestFinished(() => level.close())
  await level.open()
  return level
}

async function put(state: LevelStateDb, store: string, value: string): Promise<void> {
  const batch = state.batch()
  batch.put(store, key, Buffer.from(value))
  await state.write(batch)
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString()
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStateDb } from '../../src/store/open-state-db.js'
import { tempDir } from './temp-dir.js'

const identity = { application: 'tracker', task: 'jobs-0' }

describe('openStateDb', () => {
  test('makes a directory and finds its state again', async () => {
    const dir = join(await tempDir(), 'deep', 'er')
    await written(dir)
    const db = await openStateDb(dir, identity)
    expect(db.store('s').get(Buffer.from('k'))).toEqual(Buffer.from('v'))
    await db.close()
  })

  test('takes an empty directory', async () => {
    const dir = await tempDir()
    await written(dir)
    expect(await readdir(dir)).toContain('CURRENT')
  })

  test.each([
    [{ application: 'other', task: 'jobs-0' }, 'task jobs-0 of tracker'],
    [{ application: 'tracker', task: 'jobs-1' }, 'task jobs-0 of tracker'],
  ])('refuses the state of another application or task: %j', async (another, found) => {
    const dir = await tempDir()
    await written(dir)
    await refused(openStateDb(dir, another), 'STATE_FOREIGN', dir, found)
    await openStateDb(dir, identity).then(db => db.close())
  })

  test('refuses a directory of other files and leaves them as they are', async () => {
    const dir = await tempDir()
    await writeFile(join(dir, 'letter.txt'), 'dear')
    await refused(openStateDb(dir, identity), 'STATE_FOREIGN', dir, 'letter.txt')
    expect(await readdir(dir)).toEqual(['letter.txt'])
    expect(await readFile(join(dir, 'letter.txt'), 'utf8')).toBe('dear')
  })

  test('refuses a file', async () => {
    const file = join(await tempDir(), 'file')
    await writeFile(file, 'x')
    await refused(openStateDb(file, identity), 'STATE_FOREIGN', file, 'it is a file')
  })

  test('refuses a LevelDB of something else', async () => {
    const dir = await tempDir()
    const other = new Level(dir)
    await other.put('theirs', '1')
    await other.close()
    await refused(openStateDb(dir, identity), 'STATE_FOREIGN', dir, 'theirs')
  })

  test('refuses a format it does not know', async () => {
    const dir = await tempDir()
    const later = new Level<string, string>(dir)
    await later.put('\0sluice', JSON.stringify({ sluice: 'state', format: 99, ...identity }))
    await later.close()
    await refused(openStateDb(dir, identity), 'STATE_FOREIGN', dir, 'format is 99')
  })

  test('refuses a directory that is open in this process', async () => {
    const dir = await tempDir()
    const db = await openStateDb(dir, identity)
    onTestFinished(() => db.close())
    await refused(openStateDb(dir, identity), 'STATE_LOCKED', dir, 'stop the other process')
  })

  test('refuses a directory that is open in another process', async () => {
    const dir = await tempDir()
    await written(dir)
    const script = `
      const { Level } = require('level')
      new Level(process.argv[1]).open().then(() => { console.log('open'); setInterval(() => {}, 1000) })`
    const other = spawn(process.execPath, ['-e', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    await refused(openStateDb(dir, identity), 'STATE_LOCKED', dir, 'another process')
    other.kill('SIGKILL')
    await once(other, 'exit')
    await openStateDb(dir, identity).then(db => db.close())
  })

  test('says that a directory is damaged: no CURRENT', async () => {
    const dir = await tempDir()
    await written(dir)
    await rm(join(dir, 'CURRENT'))
    await refused(openStateDb(dir, identity), 'STATE_DAMAGED', dir, 'CURRENT is missing')
  })

  test('says that a directory is damaged: a manifest of garbage', async () => {
    const dir = await tempDir()
    await written(dir)
    const manifest = (await readdir(dir)).find(file => file.startsWith('MANIFEST'))!
    await writeFile(join(dir, manifest), Buffer.alloc(200, 0x5a))
    await refused(openStateDb(dir, identity), 'STATE_DAMAGED', dir, 'move the directory away')
  })

  test('says that writes were lost from the middle of LevelDB’s log, and goes on saying so', async () => {
    const dir = await tempDir()
    await manyWrites(dir)
    const file = join(dir, await walOf(dir))
    const bytes = await readFile(file)
    bytes[bytes.length >> 1]! ^= 0xff
    await writeFile(file, bytes)
    await refused(openStateDb(dir, identity), 'STATE_DAMAGED', dir, 'has lost writes')
    await refused(openStateDb(dir, identity), 'STATE_DAMAGED', dir, 'checksum mismatch')
    await rm(join(dir, 'DAMAGED'))
    const db = await openStateDb(dir, identity)
    expect(db.store('s').get(Buffer.from('0'))).toBeDefined()
    await db.close()
  })

  test('opens where LevelDB’s log ends in the middle of a write, as after a kill', async () => {
    const dir = await tempDir()
    await manyWrites(dir)
    const file = join(dir, await walOf(dir))
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, -1000))
    const db = await openStateDb(dir, identity)
    expect(db.store('s').get(Buffer.from('98'))).toBeDefined()
    expect(db.store('s').get(Buffer.from('99'))).toBeUndefined()
    await db.close()
  })

  test('says that a directory is damaged: a marker of garbage', async () => {
    const dir = await tempDir()
    const broken = new Level<string, string>(dir)
    await broken.put('\0sluice', '{')
    await broken.close()
    await refused(openStateDb(dir, identity), 'STATE_DAMAGED', dir, 'marker')
  })

  test('goes on where making the database was cut off', async () => {
    const dir = await tempDir()
    await mkdir(dir, { recursive: true })
    for (const file of ['LOCK', 'LOG', 'MANIFEST-000001', '000001.dbtmp']) await writeFile(join(dir, file), '')
    await written(dir)
    expect(await readdir(dir)).toContain('CURRENT')
  })

  test('says that it cannot make the directory', async () => {
    const file = join(await tempDir(), 'file')
    await writeFile(file, 'x')
    await refused(openStateDb(join(file, 'below'), identity), 'STATE_FOREIGN', file, 'it is a file')
  })
})

async function written(dir: string): Promise<void> {
  const db = await openStateDb(dir, identity)
  const batch = db.batch()
  batch.put('s', Buffer.from('k'), Buffer.from('v'))
  await db.write(batch)
  await db.close()
}

async function manyWrites(dir: string): Promise<void> {
  const db = await openStateDb(dir, identity)
  for (let i = 0; i < 100; i++) {
    const batch = db.batch()
    batch.put('s', Buffer.from(String(i)), Buffer.alloc(2000, i))
    await db.write(batch)
  }
  await db.close()
}

async function walOf(dir: string): Promise<string> {
  return (await readdir(dir)).find(file => /^\d+\.log$/.test(file))!
}

async function refused(opening: Promise<unknown>, code: string, dir: string, why: string): Promise<void> {
  const error: unknown = await opening.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, hint: expect.any(String) })
  expect((error as Error).message).toContain(dir)
  expect((error as Error).message).toContain(why)
}

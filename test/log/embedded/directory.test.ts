import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { expect, onTestFinished, test, vi } from 'vitest'
import { embedded } from '../../../src/log/embedded/embedded.js'
import { entryKey, markerKey, topicKey } from '../../../src/log/embedded/keys.js'
import { asBytes, type LevelDb } from '../../../src/store/level-store.js'
import { openLevel } from '../../../src/store/open-level.js'
import { openStateDb } from '../../../src/store/open-state-db.js'
import { Listener, expectCode, produce, valuesOf } from '../helpers.js'
import { temporaryDirectory } from '../temporary.js'

/** A closed log with `0`, `1` and `2` in the topic `jobs`, each in a batch of its own. */
async function written(): Promise<string> {
  const dir = await temporaryDirectory()
  const log = await embedded(dir).open()
  await log.topics.create([{ name: 'jobs', partitions: 1 }])
  await produce(log, 'jobs', 0, '0', '1', '2')
  await log.close()
  return dir
}

/** Changes the database behind the log's back. */
async function tamper(dir: string, change: (db: LevelDb) => Promise<void>): Promise<void> {
  const db = await openLevel(dir, 'a test')
  await change(db)
  await db.close()
}

async function flipByte(db: LevelDb, key: Buffer): Promise<void> {
  const value = Buffer.from(await db.get(key, asBytes))
  value[value.length - 2]! ^= 1
  await db.put(key, value, asBytes)
}

test.each([undefined, 5, '', { dir: 'data' }, new URL('file:///data')])('is refused where it is no path (%#)', dir => {
  expect(() => embedded(dir as never)).toThrow(/BAD_ARGUMENT: embedded\(\) needs the path of a directory, not .*write/s)
})

test('is not touched before it is opened', async () => {
  const dir = join(await temporaryDirectory(), 'data')
  expect(embedded(dir).kind).toBe('embedded')
  await expect(readdir(dir)).rejects.toThrow('ENOENT')
  await (await embedded(dir).open()).close()
  expect(await readdir(dir)).toContain('CURRENT')
})

test('of something else is refused and left alone', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'thesis.txt'), 'all my work')
  const error = await expectCode('STATE_FOREIGN', () => embedded(dir).open())
  expect(error.message).toContain(dir)
  expect(await readdir(dir)).toEqual(['thesis.txt'])

  const level = await temporaryDirectory()
  await tamper(level, db => db.put(Buffer.from('k'), Buffer.from('v'), asBytes))
  await expectCode('STATE_FOREIGN', () => embedded(level).open())
  await tamper(level, async db => expect(await db.keys(asBytes).all()).toEqual([Buffer.from('k')]))

  const task = await temporaryDirectory()
  await (await openStateDb(task, { application: 'a', task: '0' })).close()
  await expectCode('STATE_FOREIGN', () => embedded(task).open())
})

test('of a format that is not known is refused', async () => {
  const dir = await written()
  await tamper(dir, db => db.put(markerKey, Buffer.from('{"sluice":"log","format":99}'), asBytes))
  const error = await expectCode('STATE_FOREIGN', () => embedded(dir).open())
  expect(error.message).toContain('99')
})

test.each([
  ['a marker that cannot be read', (db: LevelDb) => db.put(markerKey, Buffer.from('{'), asBytes)],
  ['a topic that cannot be read', (db: LevelDb) => db.put(topicKey('jobs'), Buffer.from('{"number":'), asBytes)],
  ['a topic without its number', (db: LevelDb) => db.put(topicKey('jobs'), Buffer.from('{}'), asBytes)],
  ['a damaged newest batch', (db: LevelDb) => flipByte(db, entryKey(0, 0, 2))],
])('with %s is called damaged', async (_, change) => {
  const dir = await written()
  await tamper(dir, change)
  const error = await expectCode('STATE_DAMAGED', () => embedded(dir).open())
  expect(error.message).toContain(dir)
  expect(error.hint).toBeDefined()
  // Refused, not locked for good.
  await expectCode('STATE_DAMAGED', () => embedded(dir).open())
})

test('with damaged files of LevelDB is called damaged', async () => {
  const dir = await written()
  const manifest = (await readdir(dir)).find(file => file.startsWith('MANIFEST'))!
  const bytes = await readFile(join(dir, manifest))
  await writeFile(join(dir, manifest), bytes.fill(0xa5, 0, bytes.length))
  const error = await expectCode('STATE_DAMAGED', () => embedded(dir).open())
  expect(error.message).toContain(dir)
  expect(error.hint).toContain('copy')
})

async function tableOf(dir: string): Promise<string> {
  // Opened once more, LevelDB has made a table of its write-ahead log.
  await (await embedded(dir).open()).close()
  const tables = (await readdir(dir)).filter(file => file.endsWith('.ldb'))
  return join(dir, tables.toSorted().at(-1)!)
}

/** A table without the marker and the topics: of what a later process wrote. */
async function laterTableOf(dir: string): Promise<string> {
  await tableOf(dir)
  const log = await embedded(dir).open()
  await produce(log, 'jobs', 0, '3')
  await log.close()
  return tableOf(dir)
}

test.each<[string, (dir: string) => Promise<void>, RegExp]>([
  ['a table cut short', async dir => truncate(await tableOf(dir), 40), /is damaged: IO error.*\.ldb/],
  ['a later table cut short', async dir => truncate(await laterTableOf(dir), 40), /is damaged: IO error.*\.ldb/],
  ['an empty table', async dir => truncate(await tableOf(dir), 0), /is damaged: .*\.ldb/],
  ['no manifest', async dir => rm(join(dir, await fileOf(dir, 'MANIFEST'))), /is damaged: .*MANIFEST is missing/],
  [
    'another manifest than CURRENT names',
    dir => writeFile(join(dir, 'CURRENT'), 'MANIFEST-999999\n'),
    /MANIFEST-999999/,
  ],
  ['an empty CURRENT', dir => truncate(join(dir, 'CURRENT')), /is damaged: .*CURRENT/],
  ['no CURRENT', dir => rm(join(dir, 'CURRENT')), /is damaged: .*CURRENT is missing/],
  ['bytes in the write-ahead log', dir => spoil(dir), /has lost writes: .*checksum mismatch/],
])('with %s is called damaged, and says once what to do', async (_, damage, what) => {
  const dir = await written()
  await damage(dir)
  const error = await expectCode('STATE_DAMAGED', () => embedded(dir).open())
  expect(error.what).toMatch(what)
  expect(error.message.split(' → ')).toHaveLength(2)
  expect(error.hint).toContain('restore the directory from a copy')
  expect(error.message).not.toContain('changelog')
  await expectCode('STATE_DAMAGED', () => embedded(dir).open())
})

async function fileOf(dir: string, name: string): Promise<string> {
  return (await readdir(dir)).find(file => file.includes(name))!
}

async function spoil(dir: string): Promise<void> {
  const file = join(dir, await fileOf(dir, '.log'))
  const bytes = await readFile(file)
  bytes[50]! ^= 1
  await writeFile(file, bytes)
}

test('with an older damaged batch opens, and reading it says where', async () => {
  const dir = await written()
  await tamper(dir, db => flipByte(db, entryKey(0, 0, 1)))
  const log = await embedded(dir).open()
  const listener = new Listener(log, 'read_committed', { maxPartitionBytes: 1 })
  listener.reader.seek('jobs', 0, 0)
  expect((await listener.read(1)).map(r => r.value)).toEqual(['0'])
  const place = { topic: 'jobs', partition: 0, offset: 1 }
  expect(await listener.failure()).toMatchObject({ code: 'CORRUPT', place })
  await log.close()
})

test('opened again has the topics, records, positions and state', async () => {
  const dir = await written()
  const first = await embedded(dir).open()
  const [before] = await first.topics.describe(['jobs'])
  await first.topics.create([{ name: 'more', partitions: 2, config: { 'cleanup.policy': 'compact' } }])
  const state = first.state!.batch()
  state.put('s', Buffer.from('k'), Buffer.from('v'))
  const producer = first.producer({})
  await producer.init()
  const positions = [{ topic: 'jobs', partition: 0, offset: 2, metadata: 'now' }]
  await producer.commit({ group: 'g', positions, state })
  await first.topics.deleteRecords([{ topic: 'jobs', partition: 0, offset: 1 }])
  await first.close()

  const log = await embedded(dir).open()
  expect(await log.topics.list()).toEqual(['jobs', 'more'])
  expect(await log.topics.describe(['jobs'])).toEqual([before])
  const [more] = await log.topics.describe(['more'], { config: true })
  expect(more).toMatchObject({ partitions: 2, config: { 'cleanup.policy': 'compact' } })
  expect(await valuesOf(log, 'jobs', 0)).toEqual(['1', '2'])
  expect([...(await log.committed('g', positions)).values()]).toEqual([{ offset: 2, metadata: 'now' }])
  expect(Buffer.from(log.state!.store('s').get(Buffer.from('k'))!).toString()).toBe('v')
  await produce(log, 'jobs', 0, '3')
  expect(await valuesOf(log, 'jobs', 0)).toEqual(['1', '2', '3'])
  await log.close()
})

test('opened again after all records were deleted goes on with the next offset', async () => {
  const dir = await written()
  const first = await embedded(dir).open()
  await first.topics.deleteRecords([{ topic: 'jobs', partition: 0, offset: 3 }])
  await first.close()
  await tamper(dir, async db => expect(await db.get(entryKey(0, 0, 2), asBytes)).toBeUndefined())
  const log = await embedded(dir).open()
  const at = [{ topic: 'jobs', partition: 0 }]
  expect([...(await log.endOffsets(at, 'read_committed')).values()]).toEqual([3])
  await log.close()
})

test('opened again after a topic was deleted has neither its records nor its positions', async () => {
  const dir = await written()
  const first = await embedded(dir).open()
  const producer = first.producer({})
  await producer.init()
  const positions = [{ topic: 'jobs', partition: 0, offset: 2, metadata: '' }]
  await producer.commit({ group: 'g', positions })
  await first.topics.delete(['jobs'])
  await first.close()
  const log = await embedded(dir).open()
  await log.topics.create([{ name: 'jobs', partitions: 1 }])
  expect(await log.committed('g', positions)).toEqual(new Map())
  expect(await valuesOf(log, 'jobs', 0)).toEqual([])
  await log.close()
})

test('opened again after a topic was deleted in one write with a commit has no position in it', async () => {
  const dir = await written()
  const first = await embedded(dir).open()
  const [one, other] = [first.producer({}), first.producer({})]
  await Promise.all([one.init(), other.init()])
  const positions = [{ topic: 'jobs', partition: 0, offset: 2, metadata: '' }]
  // While the first is written the others wait, to go together.
  await Promise.all([
    one.commit({ group: 'first', positions }),
    other.commit({ group: 'g', positions }),
    first.topics.delete(['jobs']),
  ])
  await first.topics.create([{ name: 'jobs', partitions: 1 }])
  expect(await first.committed('g', positions)).toEqual(new Map())
  await first.close()
  const log = await embedded(dir).open()
  expect(await log.committed('g', positions)).toEqual(new Map())
  await log.close()
})

test('topics that are deleted together are looked up among the positions once, for all of them', async () => {
  const log = await embedded(await temporaryDirectory()).open()
  const names = Array.from({ length: 10 }, (_, i) => `t${i}`)
  await log.topics.create(names.map(name => ({ name, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const positions = names.map(topic => ({ topic, partition: 0, offset: 0, metadata: '' }))
  await producer.commit({ group: 'g', positions })
  const keys = vi.spyOn(Level.prototype, 'keys')
  onTestFinished(() => keys.mockRestore())
  await log.topics.delete(names.slice(1))
  expect(keys).toHaveBeenCalledTimes(1)
  expect([...(await log.committed('g', positions)).keys()]).toEqual(['t0-0'])
  await log.close()
})

test('opened again after two deletions of records in one write begins where the further one ended', async () => {
  const dir = await written()
  const first = await embedded(dir).open()
  const jobs = { topic: 'jobs', partition: 0 }
  const producer = first.producer({})
  await producer.init()
  await Promise.all([
    producer.commit({ group: 'g', positions: [{ ...jobs, offset: 2, metadata: '' }] }),
    first.topics.deleteRecords([{ ...jobs, offset: 2 }]),
    first.topics.deleteRecords([{ ...jobs, offset: 1 }]),
  ])
  expect(await first.startOffsets([jobs])).toEqual(new Map([['jobs-0', 2]]))
  await first.close()
  const log = await embedded(dir).open()
  expect(await log.startOffsets([jobs])).toEqual(new Map([['jobs-0', 2]]))
  await log.close()
})

test('a closed log refuses to write', async () => {
  const log = await embedded(await written()).open()
  const producer = log.producer({})
  await producer.init()
  await log.close()
  await expectCode('NOT_RUNNING', () => producer.commit({ group: 'g', positions: [] }))
  await expectCode('NOT_RUNNING', () => log.topics.create([{ name: 'more', partitions: 1 }]))
})

test('settings that make no sense are refused at once', () => {
  expect(() => embedded('x', { maxBatchBytes: 10 })).toThrow('BAD_ARGUMENT')
  expect(() => embedded('x', { maintenanceInterval: -1 })).toThrow('BAD_DURATION')
})

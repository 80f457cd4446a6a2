import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Level } from 'level'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { embedded } from '../../src/log/embedded/embedded.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Running } from '../../src/runtime/options.js'
import { LevelStateDb } from '../../src/store/level-db.js'
import { through } from '../faults/die.js'
import { expectCode } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'
import { LevelStorage } from '../../src/log/embedded/level-storage.js'
import { long, pipeline, store, string, topic } from '../../dsl/index.js'
import { LevelStore, readError } from '../../src/store/level-store.js'
import { counts, deadLetters, good, names, orders, setUp, tally, write } from './orders.js'

/** A log in memory that passes for Kafka, so that state lies in a directory, with changelogs. */
async function remoteLog(): Promise<Log> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await setUp(log)
  return through<Log>(log, { kind: 'kafka' })
}

async function start(log: Log, stateDir: string): Promise<Running> {
  const app = await orders('stop').start({ log, stateDir, onError: () => {} })
  onTestFinished(async () => {
    await app.close().catch(() => {})
  })
  return app
}

/** A directory with state, and the log it belongs to. */
async function used(): Promise<{ log: Log; dir: string; task: string }> {
  const [log, dir] = [await remoteLog(), await temporaryDirectory()]
  const app = await start(log, dir)
  await write(log, 'orders', good('a', 1), good('a', 1), good('b', 1))
  await app.drained()
  await app.close()
  const tasks = join(dir, 'orders-app', 'tasks')
  const sizes = await Promise.all(
    (await readdir(tasks)).map(async name => [name, await logBytes(join(tasks, name))] as const),
  )
  const [name] = sizes.toSorted((a, b) => b[1] - a[1])[0]!
  return { log, dir, task: join(tasks, name) }
}

async function logBytes(dir: string): Promise<number> {
  const files = (await readdir(dir)).filter(file => file.endsWith('.log'))
  const contents = await Promise.all(files.map(file => readFile(join(dir, file))))
  return contents.reduce((sum, content) => sum + content.length, 0)
}

async function expectRestored(log: Log, dir: string): Promise<void> {
  const app = await start(log, dir)
  await app.drained()
  expect(await counts(log)).toEqual({ a: 2, b: 1 })
  expect(await app.query(tally).get('a')).toBe(2)
}

describe('the state directory of a pipeline on Kafka', () => {
  test('that is open in another instance is refused, and left alone', async () => {
    const { log, dir } = await used()
    const first = await start(log, dir)
    const error = await expectCode('STATE_LOCKED', () => start(log, dir))
    expect(error.message).toContain(dir)
    expect(error.hint).toContain('directory of its own')
    await write(log, 'orders', good('c', 1))
    await first.drained()
    expect(await counts(log)).toEqual({ a: 2, b: 1, c: 1 })
  })

  test('that is open in another process is refused, until that ends', async () => {
    const [log, dir] = [await remoteLog(), await temporaryDirectory()]
    const script = fileURLToPath(new URL('./fixtures/holder.ts', import.meta.url))
    const holder = spawn(process.execPath, ['--import', 'tsx', script, dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void holder.kill('SIGKILL'))
    await once(holder.stdout, 'data')
    const error = await expectCode('STATE_LOCKED', () => start(log, dir))
    expect(error.message).toContain(join(dir, 'orders-app', 'instance'))
    expect(error.hint).toContain('directory of its own')
    holder.stdin.end()
    expect(await once(holder, 'exit')).toEqual([0, null])
    await start(log, dir)
  })

  test('that is damaged stops the start, and moved away is restored from the changelogs', async () => {
    const { log, dir, task } = await used()
    const [file] = (await readdir(task)).filter(name => name.startsWith('MANIFEST'))
    await writeFile(join(task, file!), 'no manifest')
    const error = await expectCode('STATE_DAMAGED', async () => (await start(log, dir)).closed)
    expect(error.message).toContain(task)
    expect(error.hint).toContain('move the directory away')
    await expectRestored(log, await temporaryDirectory())
  })

  test('with a table cut short stops the start and is called damaged', async () => {
    const { log, dir, task } = await used()
    // Opened once more, LevelDB has made a table of its write-ahead log.
    await (await start(log, dir)).close()
    const table = (await readdir(task)).find(name => name.endsWith('.ldb'))!
    await truncate(join(task, table), 40)
    const error = await expectCode('STATE_DAMAGED', async () => (await start(log, dir)).closed)
    expect(error.message).toContain(task)
    expect(error.hint).toContain('move the directory away')
  })

  test('with a file that is no database is refused, and nothing is written into it', async () => {
    const [log, dir] = [await remoteLog(), await temporaryDirectory()]
    const home = join(dir, 'orders-app', 'instance')
    await mkdir(home, { recursive: true })
    await writeFile(join(home, 'letters.txt'), 'dear diary')
    const error = await expectCode('STATE_FOREIGN', () => start(log, dir))
    expect(error.message).toContain(home)
    expect(error.hint).toContain('another directory')
    expect(await readdir(home)).toEqual(['letters.txt'])
  })

  test('with the database of another program is refused', async () => {
    const [log, dir] = [await remoteLog(), await temporaryDirectory()]
    const home = join(dir, 'orders-app', 'instance')
    const other = new Level(home)
    await other.put('chat', 'hello')
    await other.close()
    expect((await expectCode('STATE_FOREIGN', () => start(log, dir))).message).toContain(home)
    await other.open()
    expect(await other.get('chat')).toBe('hello')
    await other.close()
  })

  test.each(['dead-letter', 'skip'] as const)('that cannot be read stops a process, too, whatever %s', async policy => {
    const [log, dir] = [await remoteLog(), await temporaryDirectory()]
    const seen = store('seen', { key: string, value: long })
    const input = topic(names.orders, { key: string, value: string })
    const output = topic(names.copies, { key: string, value: string })
    const app = pipeline('reader')
    app.addStore(seen)
    const read = app.stream(input).process<string, string>(
      context => (value, key) => {
        const kept = context.store(seen)
        kept.put(key, (kept.get(key) ?? 0) + 1)
        return context.forward(key, value)
      },
      { stores: [seen] },
    )
    const kept = policy === 'skip' ? read.skip() : read.deadLetter(names.bad)
    kept.to(output)
    const running = await app.start({ log, stateDir: dir, onError: () => {} })
    onTestFinished(() => running.close().catch(() => {}))
    const broken = vi.spyOn(LevelStore.prototype, 'get').mockImplementation(() => {
      throw readError(new Error('IO error'), seen.name)
    })
    onTestFinished(() => broken.mockRestore())
    await write(log, names.orders, good('a', 1))
    const error = await expectCode('STATE_DAMAGED', () => running.closed)
    expect(error.message).toMatch(
      /LevelDB cannot read: IO error.*topic orders, partition \d, offset 0, operator .*process/,
    )
    expect(await deadLetters(log)).toEqual([])
  })

  test('that cannot be written any more stops the pipeline; the next start has everything', async () => {
    const { log, dir } = await used()
    const app = await start(log, dir)
    const full = vi.spyOn(LevelStateDb.prototype, 'write').mockRejectedValue(new Error('No space left on device'))
    onTestFinished(() => full.mockRestore())
    await write(log, 'orders', good('a', 1), good('c', 1))
    const error = await expectCode('STATE_WRITE', () => app.closed)
    expect(error.message).toContain('No space left on device')
    expect(error.hint).toMatch(/room on the disk|free space/)
    await app.close().catch(() => {})
    full.mockRestore()
    const again = await start(log, dir)
    await again.drained()
    expect(await counts(log)).toEqual({ a: 3, b: 1, c: 1 })
    expect(await again.query(tally).get('a')).toBe(3)
  })
})

describe('the directory of an embedded log', () => {
  test('that is open already is refused by name', async () => {
    const dir = await temporaryDirectory()
    const log = await embedded(dir).open()
    onTestFinished(() => log.close())
    const error = await expectCode('STATE_LOCKED', () => orders('stop').start({ log: embedded(dir) }))
    expect(error.message).toContain(dir)
    expect(error.hint).toContain('stop the other process')
  })

  test('that cannot be written any more stops the pipeline; the next start has everything', async () => {
    const dir = await temporaryDirectory()
    const log = await embedded(dir).open()
    await setUp(log)
    const app = await start(log, dir)
    await write(log, 'orders', good('a', 1))
    await app.drained()
    app.pause()
    await write(log, 'orders', good('a', 1), good('b', 1))
    const full = vi.spyOn(LevelStorage.prototype, 'write').mockRejectedValue(new Error('No space left on device'))
    onTestFinished(() => full.mockRestore())
    app.resume()
    const error = await expectCode('STATE_WRITE', () => app.closed)
    expect(error.message).toContain('No space left on device')
    expect(error.hint).toContain('everything up to the last commit is kept')
    full.mockRestore()
    await log.close()
    const opened = await embedded(dir).open()
    onTestFinished(() => opened.close())
    const again = await start(opened, dir)
    await again.drained()
    expect(await counts(opened)).toEqual({ a: 2, b: 1 })
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, test } from 'vitest'
import { embedded, json, long, pipeline, store, string, topic } from '../../dsl/index.js'
import type { LocalLog } from '../../src/log/local/local-log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import type { Running, StartOptions } from '../../src/runtime/options.js'
import { ManualClock } from '../../src/testing/manual-clock.js'
import { Chaos, chaoticLog, turns } from '../simulator/chaos.js'
import { writeRecords } from '../write-records.js'

const words = topic('words', { key: string, value: json<{ word: string }>() })
const names = topic('names', { key: string, value: string })
const totals = topic('totals', { key: string, value: json<{ count: number; name: string | null }>() })
const counts = store('counts', { key: string, value: long })

const dir = mkdtempSync(join(tmpdir(), 'sluice-standbys-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Counts, with a changelog, joined with a table whose source topic is its changelog: a task for each of four partitions. */
function counting(inMemory: boolean) {
  const p = pipeline('counting', { value: json() })
  p.stream(words)
    .groupByKey()
    .count({ as: counts, ...(inMemory && { in: 'memory' as const }) })
    .leftJoin(p.table(names, { changelog: 'topic' }), (count, name) => ({ count, name }))
    .toStream({ tombstones: false })
    .to(totals)
  return p
}

/** Some come a second time, when others have taken over. */
const wordOf = (n: number): string => `w${n % 3_000}`

/** An instance, what it has restored, and how it dies. */
interface Instance {
  readonly app: Running
  /** Changes that its tasks had to read before they began, since it was asked last. */
  restored(): number
  kill(): Promise<void>
}

/** Where instances keep their state. */
type Home = 'in memory' | 'on disk' | 'on disk, with a store in memory'

class World {
  readonly #clock = new ManualClock(0)
  readonly log: LocalLog = memoryLog({ clock: this.#clock })
  readonly #home: Home
  readonly #standbys: number
  readonly #running: Running[] = []
  #written = 0

  constructor(home: Home, standbys: number) {
    this.#home = home
    this.#standbys = standbys
  }

  async setUp(): Promise<void> {
    await this.log.topics.create(['words', 'names', 'totals'].map(name => ({ name, partitions: 4 })))
  }

  async start(name: string, options: Partial<StartOptions> = {}): Promise<Instance> {
    const chaos = new Chaos({ commits: [], requests: [] })
    // It passes for Kafka there, so that state lies on disk.
    const log = this.#home === 'in memory' ? this.log : chaoticLog(this.log, chaos)
    let changes = 0
    const app = await counting(this.#home === 'on disk, with a store in memory').start({
      log,
      clock: this.#clock,
      standbys: this.#standbys,
      stateDir: join(dir, `${this.#home}-${this.#standbys}`, name),
      onRestore: ({ done, total }) => (changes += done === total ? total : 0),
      onError: () => {},
      ...options,
    })
    this.#running.push(app)
    return {
      app,
      restored() {
        const all = changes
        changes = 0
        return all
      },
      kill: async () => {
        chaos.crashed = true
        this.log.expire(chaos.memberId)
        await app.close().catch(() => {})
      },
    }
  }

  /** Writes so many words, and a name for each. */
  async write(count: number): Promise<void> {
    await writeRecords(this.log, ['words', 'names'], writer => {
      for (const end = this.#written + count; this.#written < end; this.#written++) {
        const key = wordOf(this.#written)
        writer.write(names, { key, value: `name of ${key}`, timestamp: 0 })
        writer.write(words, { key, value: { word: key }, timestamp: 1 })
      }
    })
  }

  /** Time passes until something holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#pass()
  }

  /** Everything is processed, and standbys have heard how far that is. */
  async settled(of: Instance): Promise<void> {
    let done = false
    const drained = of.app.drained().finally(() => (done = true))
    await this.until(() => done)
    await drained
    const end = this.#clock.now() + 1_100
    await this.until(() => this.#clock.now() >= end)
    await turns(20)
  }

  async close(of: Instance): Promise<void> {
    let done = false
    const closed = of.app.close().finally(() => (done = true))
    await this.until(() => done)
    await closed
  }

  async #pass(): Promise<void> {
    await turns(4)
    this.#clock.moveTo(Math.min(this.#clock.next ?? Infinity, this.#clock.now() + 50))
  }

  /** The last result of each word. */
  async results(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {}
    for await (const { key, value } of readRecords(this.log, totals)) {
      found[key!] = value
    }
    return found
  }

  expected(): Record<string, unknown> {
    const all: Record<string, { count: number; name: string }> = {}
    for (let n = 0; n < this.#written; n++) {
      const key = wordOf(n)
      all[key] = { count: (all[key]?.count ?? 0) + 1, name: `name of ${key}` }
    }
    return all
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#running.map(app => app.close()))
    await this.log.close()
  }
}

const worlds: World[] = []
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(world => world.end()))
})

async function world(home: Home, standbys: number): Promise<World> {
  const made = new World(home, standbys)
  worlds.push(made)
  await made.setUp()
  return made
}

/** Whether an instance has so many standbys, all of them up to date. */
const current = (count: number, { app }: Instance) => {
  const { standbys } = app.status
  return standbys.length === count && standbys.every(({ lag }) => lag === 0)
}
const has = (tasks: number, { app }: Instance) => app.status.tasks.length === tasks && app.status.state === 'running'

const homes = ['in memory', 'on disk', 'on disk, with a store in memory'] as const

describe.each(homes)('state %s', home => {
  it.each(['closed', 'killed'] as const)('is not read again where an instance is %s', async end => {
    // Without a process of its own, one in memory cannot be killed.
    if (home === 'in memory' && end === 'killed') return
    const at = await world(home, 1)
    const [a, b] = [await at.start('a'), await at.start('b')]
    await at.until(() => has(2, a) && has(2, b))
    await at.write(4_000)
    await at.settled(a)
    await at.until(() => current(2, a) && current(2, b))
    const tasks = (one: Instance) => one.app.status.standbys.map(({ task }) => task).toSorted()
    expect(tasks(a)).toEqual(b.app.status.tasks.toSorted())
    expect(tasks(b)).toEqual(a.app.status.tasks.toSorted())
    a.restored()
    await at.write(400)
    await (end === 'closed' ? at.close(b) : b.kill())
    await at.until(() => has(4, a))
    // What was written last, at most; 4,400 words and names in all.
    expect(a.restored()).toBeLessThan(500)
    await at.settled(a)
    expect(a.app.status.standbys).toEqual([])
    expect(await at.results()).toEqual(at.expected())
    const reader = a.app.query(counts)
    const keys = ['w0', 'w999', 'w1399', 'w1400', 'w2999']
    expect(await Promise.all(keys.map(key => reader.get(key)))).toEqual([2, 2, 2, 1, 1])
  })

  it('goes from task to standby and back', async () => {
    const at = await world(home, 1)
    const a = await at.start('a')
    await at.write(2_000)
    await at.settled(a)
    for (let round = 0; round < 3; round++) {
      const b = await at.start('b')
      await at.until(() => current(2, a) && current(2, b) && has(2, a) && has(2, b))
      await at.write(500)
      await at.settled(b)
      await at.until(() => current(2, a) && current(2, b))
      a.restored()
      await at.close(b)
      await at.until(() => has(4, a))
      expect(a.restored()).toBeLessThan(100)
      await at.write(500)
      await at.settled(a)
      expect(await at.results()).toEqual(at.expected())
    }
  })
})

test('without standbys it is read again', async () => {
  const at = await world('on disk', 0)
  const [a, b] = [await at.start('a'), await at.start('b')]
  await at.until(() => has(2, a) && has(2, b))
  await at.write(4_000)
  await at.settled(a)
  expect([...a.app.status.standbys, ...b.app.status.standbys]).toEqual([])
  a.restored()
  await at.close(b)
  await at.until(() => has(4, a))
  expect(a.restored()).toBeGreaterThan(3_000)
})

test('two standbys lie on two other instances, and a third takes the place of one that goes', async () => {
  const at = await world('on disk', 2)
  const all = [await at.start('a'), await at.start('b'), await at.start('c')]
  await at.write(1_000)
  await at.settled(all[0]!)
  const standbys = (among: readonly Instance[]) => among.flatMap(({ app }) => app.status.standbys)
  const settled = (among: readonly Instance[], count: number) =>
    standbys(among).length === count && standbys(among).every(({ lag }) => lag === 0)
  await at.until(() => settled(all, 8))
  for (const { app } of all) {
    const [tasks, copies] = [app.status.tasks, app.status.standbys.map(({ task }) => task)]
    expect(new Set([...tasks, ...copies]).size).toBe(4)
  }
  const [gone, ...left] = all
  for (const one of left) one.restored()
  await gone!.kill()
  await at.until(() => left.every(one => has(2, one)) && settled(left, 4))
  expect(left.reduce((sum, one) => sum + one.restored(), 0)).toBeLessThan(100)
  await at.write(100)
  await at.settled(left[0]!)
  expect(await at.results()).toEqual(at.expected())
})

test('an instance that wants no standbys keeps none, and has some', async () => {
  const at = await world('on disk', 1)
  const [a, b] = [await at.start('a', { standbys: 0 }), await at.start('b')]
  await at.until(() => has(2, a) && has(2, b) && b.app.status.standbys.length === 2)
  expect(a.app.status.standbys).toEqual([])
})

test('the embedded log has one owner, and says so', async () => {
  const started = counting(false).start({ log: embedded(join(dir, 'embedded')), standbys: 1 })
  await expect(started).rejects.toMatchObject({ code: 'UNSUPPORTED', hint: expect.stringContaining('kafka') })
})

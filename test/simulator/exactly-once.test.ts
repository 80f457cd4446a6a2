import fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultSeed, full } from '../faults/moments.js'
import type { CommitFate, Fates, RequestFate } from './chaos.js'
import { World } from './world.js'

const commitFates: readonly CommitFate[] = [
  'fine',
  'fine',
  'fine',
  'refused',
  'fenced',
  'unknown, lost',
  'unknown, late',
  'crash before',
  'crash late',
]
const requestFates: readonly RequestFate[] = ['fine', 'fine', 'fine', 'fine', 'fine', 'fine', 'fine', 'broken', 'crash']

const wait = fc.integer({ min: 0, max: 6 })
const fates: fc.Arbitrary<Fates> = fc.record({
  commits: fc.array(fc.record({ fate: fc.constantFrom(...commitFates), wait }), { maxLength: 25 }),
  requests: fc.array(fc.record({ fate: fc.constantFrom(...requestFates), wait }), { maxLength: 60 }),
})
const who = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('vote' as const), count: fc.integer({ min: 1, max: 120 }) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('start' as const), who, fates }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('close' as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('crash' as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('expire' as const), who }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('run' as const), turns: fc.integer({ min: 1, max: 120 }) }) },
)

async function take(world: World, does: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
  switch (does.does) {
    case 'vote':
      return world.vote(does.count)
    case 'start':
      return world.start(does.who, does.fates)
    case 'close':
      return world.close(does.who)
    case 'crash':
      return world.crash(does.who)
    case 'expire':
      return world.expire(does.who)
    case 'run':
      return world.run(does.turns)
  }
}

test('whatever fails, each record counts once', { timeout: 600_000 }, async () => {
  const seed = faultSeed()
  let most = 0
  let mostStandbys = 0
  const standbys = fc.integer({ min: 0, max: 2 })
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 5, maxLength: 30 }),
    standbys,
    fc.constantFrom<(true | 'topic')[]>(true, 'topic'),
    async (steps, copies, changelog) => {
      const dir = await mkdtemp(join(tmpdir(), 'sluice-sim-'))
      const world = new World(dir, 3, copies, changelog)
      try {
        await world.setUp()
        for (const one of steps) await take(world, one)
        await world.finish()
        expect(await world.results()).toEqual(world.expected())
        const { found, written } = await world.spoilt()
        expect(found).toEqual(written)
        const last = Object.entries(world.expected()).map(([key, counts]) => [key, counts.at(-1)])
        expect(await world.tally()).toEqual(Object.fromEntries(last))
        expect(await world.echoes()).toEqual(world.once())
        expect(await world.comings()).toEqual([world.once(), world.once(), world.once()])
        expect(world.mails()).toEqual(world.once())
        const ticks = await world.ticks()
        expect(ticks).toEqual(ticks.map(() => 2_000))
        most = Math.max(most, ticks.length)
        if (copies === 0) expect(world.mostStandbys).toBe(0)
        mostStandbys = Math.max(mostStandbys, world.mostStandbys)
      } finally {
        await world.end()
        await rm(dir, { recursive: true, force: true })
      }
    },
  )
  await fc.assert(
    property, // LevelDB keeps its own time, so a smaller case need not fail the same way: none is looked for.
    { seed, numRuns: full ? 300 : 25, endOnFailure: true },
  )
  expect(most).toBeGreaterThan(1)
  expect(mostStandbys).toBeGreaterThan(1)
})

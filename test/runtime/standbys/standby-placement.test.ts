import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks, type Claimant } from '../../../src/runtime/assignor.js'
import { placeStandbys } from '../../../src/runtime/standbys/standby-placement.js'

interface Scenario {
  readonly tasks: readonly string[]
  readonly members: readonly Claimant[]
  readonly copies: number
}

const zones = fc.constantFrom(undefined, 'x', 'y', 'z')

/** Instances of one to three threads, in zones or in none, with state of some tasks. */
const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    tasks: fc.integer({ min: 0, max: 16 }),
    instances: fc.array(fc.record({ threads: fc.integer({ min: 1, max: 3 }), zone: zones }), {
      minLength: 1,
      maxLength: 5,
    }),
    copies: fc.integer({ min: 0, max: 3 }),
    has: fc.array(fc.tuple(fc.nat(14), fc.constantFrom('owned', 'held', 'building', 'kept')), { maxLength: 16 }),
  })
  .map(({ tasks: count, instances, copies, has }) => {
    const tasks = Array.from({ length: count }, (_, i) => `t-${i}`)
    const threads = instances.flatMap(({ threads: n, zone }, i) => Array.from({ length: n }, () => ({ i, zone })))
    const members = threads.map(({ i, zone }, m): Claimant => {
      const of = (how: string) => tasks.filter((_, t) => has[t]?.[0] === m && has[t][1] === how)
      const [owned, held, building, kept] = [of('owned'), of('held'), of('building'), of('kept')]
      return { memberId: `m${m}`, instance: `i${i}`, zone, standbys: copies, owned, held, building, kept }
    })
    return { tasks, members, copies }
  })

function active({ tasks, members }: Scenario): ReadonlyMap<string, readonly string[]> {
  return assignTasks(
    tasks.map(name => ({ name })),
    members,
  )
}

function membersWith(task: string, shares: ReadonlyMap<string, readonly string[]>, members: readonly Claimant[]) {
  return members.filter(({ memberId }) => shares.get(memberId)!.includes(task))
}

describe('placeStandbys', () => {
  it('gives each task as many as are wanted, or as there are instances, on none twice and not on its own', () => {
    fc.assert(
      fc.property(scenario, of => {
        const { tasks, members, copies } = of
        const [owned, standbys] = [active(of), placeStandbys(tasks, active(of), members)]
        const instances = new Set(members.map(({ instance }) => instance)).size
        for (const task of tasks) {
          const [owner] = membersWith(task, owned, members)
          const used = membersWith(task, standbys, members).map(({ instance }) => instance)
          expect(used).toHaveLength(Math.min(copies, instances - 1))
          expect(new Set([...used, owner!.instance]).size).toBe(used.length + 1)
        }
      }),
    )
  })

  it('goes to as many other zones as it can', () => {
    fc.assert(
      fc.property(scenario, of => {
        const { tasks, members, copies } = of
        const [owned, standbys] = [active(of), placeStandbys(tasks, active(of), members)]
        for (const task of tasks) {
          const [owner] = membersWith(task, owned, members)
          const others = (all: readonly Claimant[]) =>
            new Set(all.flatMap(({ zone }) => (zone === undefined || zone === owner!.zone ? [] : [zone]))).size
          expect(others(membersWith(task, standbys, members))).toBe(Math.min(copies, others(members)))
        }
      }),
    )
  })

  it('moves nothing when nobody comes or goes', () => {
    fc.assert(
      fc.property(scenario, of => {
        const { tasks, members } = of
        const owned = active(of)
        const first = placeStandbys(tasks, owned, members)
        const settled = members.map(({ memberId, instance, zone, standbys }) => {
          return { memberId, instance, zone, standbys, owned: owned.get(memberId)!, held: first.get(memberId)! }
        })
        const again = placeStandbys(tasks, active({ ...of, members: settled }), settled)
        for (const [member, share] of first) expect(again.get(member)!.toSorted()).toEqual(share.toSorted())
      }),
    )
  })

  it('is even where all instances are alike', () => {
    const alike = fc.record({
      tasks: fc.integer({ min: 0, max: 20 }),
      instances: fc.integer({ min: 2, max: 6 }),
      had: fc.nat(5),
    })
    fc.assert(
      fc.property(alike, ({ tasks: count, instances, had }) => {
        const tasks = Array.from({ length: count }, (_, i) => `t-${i}`)
        // One of them had all the standbys.
        const members = Array.from({ length: instances }, (_, m): Claimant => {
          return { memberId: `m${m}`, instance: `i${m}`, standbys: 1, owned: [], held: m === had ? tasks : [] }
        })
        const owned = active({ tasks, members, copies: 1 })
        const sizes = [...placeStandbys(tasks, owned, members).values()].map(share => share.length)
        // Two instances can only hold each other's.
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('does not depend on the order in which the members are named', () => {
    fc.assert(
      fc.property(scenario, of => {
        const { tasks, members } = of
        expect(placeStandbys(tasks, active(of), members.toReversed())).toEqual(
          placeStandbys(tasks, active(of), members),
        )
      }),
    )
  })

  it('leaves a standby where it is, and makes one of who had the task', () => {
    const members: Claimant[] = [
      { memberId: 'a', instance: 'a', standbys: 1, owned: ['t', 'u'] },
      { memberId: 'b', instance: 'b', standbys: 1, owned: [], held: ['u'], kept: ['t'] },
      { memberId: 'c', instance: 'c', standbys: 1, owned: [] },
    ]
    const owned = new Map([
      ['a', ['u']],
      ['b', []],
      ['c', ['t']],
    ])
    const standbys = placeStandbys(['t', 'u'], owned, members)
    expect(standbys.get('a')).toEqual(['t'])
    expect(standbys.get('b')).toEqual(['u'])
    expect(standbys.get('c')).toEqual([])
  })

  it('gives none to those that want none, or are of a version that knows of none', () => {
    const members: Claimant[] = [
      { memberId: 'a', instance: 'a', standbys: 1, owned: ['t'] },
      { memberId: 'b', instance: 'b', standbys: 0, owned: [] },
      { memberId: 'c', owned: [] },
    ]
    const standbys = placeStandbys(
      ['t', 'u'],
      new Map([
        ['a', ['t']],
        ['b', ['u']],
        ['c', []],
      ]),
      members,
    )
    expect([...standbys]).toEqual([
      ['a', ['u']],
      ['b', []],
      ['c', []],
    ])
  })
})

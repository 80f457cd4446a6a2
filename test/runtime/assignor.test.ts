import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks, decodeClaim } from '../../src/runtime/assignor.js'

const scenario = fc
  .record({
    tasks: fc.integer({ min: 0, max: 40 }),
    members: fc.integer({ min: 1, max: 9 }),
    seed: fc.array(fc.nat(50)),
  })
  .map(({ tasks, members, seed }) => ({
    tasks: Array.from({ length: tasks }, (_, i) => ({ name: `t-${i}` })),
    members: Array.from({ length: members }, (_, m) => ({
      memberId: `m${m}`,
      owned: seed.filter((_, i) => i % members === m).map(task => `t-${task}`),
    })),
  }))

describe('assignTasks', () => {
  it('gives every task to one member, and to each member as many, give or take one', () => {
    fc.assert(
      fc.property(scenario, ({ tasks, members }) => {
        const shares = [...assignTasks(tasks, members).values()]
        expect(shares.flat().toSorted()).toEqual(tasks.map(({ name }) => name).toSorted())
        const sizes = shares.map(share => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('moves nothing when what it is given is already even', () => {
    fc.assert(
      fc.property(scenario, ({ tasks, members }) => {
        const first = assignTasks(tasks, members)
        const owners = members.map(({ memberId }) => ({ memberId, owned: first.get(memberId)! }))
        const again = assignTasks(tasks, owners)
        for (const [member, share] of first) expect(again.get(member)!.toSorted()).toEqual(share.toSorted())
      }),
    )
  })

  it('moves only what evenness needs when a member goes', () => {
    const tasks = Array.from({ length: 12 }, (_, i) => ({ name: `t-${i}` }))
    const three = assignTasks(
      tasks,
      ['a', 'b', 'c'].map(memberId => ({ memberId, owned: [] })),
    )
    const left = ['a', 'b'].map(memberId => ({ memberId, owned: three.get(memberId)! }))
    const two = assignTasks(tasks, left)
    for (const { memberId, owned } of left) expect(two.get(memberId)).toEqual(expect.arrayContaining(owned))
  })

  it('does not depend on the order in which the members are named', () => {
    const tasks = ['x-0', 'x-1', 'x-2'].map(name => ({ name }))
    const members = [
      { memberId: 'b', owned: ['x-0'] },
      { memberId: 'a', owned: ['x-0', 'x-1'] },
    ]
    expect(assignTasks(tasks, members)).toEqual(assignTasks(tasks, members.toReversed()))
  })
})

describe('assignTasks over zones', () => {
  const zones = ['a', 'b', 'c']
  const zoned = fc
    .record({
      tasks: fc.array(fc.option(fc.constantFrom(...zones), { nil: undefined }), { maxLength: 30 }),
      members: fc.array(fc.option(fc.constantFrom(...zones), { nil: undefined }), { minLength: 1, maxLength: 8 }),
      owners: fc.array(fc.nat(7), { minLength: 30, maxLength: 30 }),
    })
    .map(({ tasks, members, owners }) => ({
      tasks: tasks.map((zone, i) => ({ name: `t-${i}`, zone })),
      members: members.map((zone, m) => ({
        memberId: `m${m}`,
        zone,
        owned: tasks.flatMap((_, i) => (owners[i]! % members.length === m ? [`t-${i}`] : [])),
      })),
    }))

  it('gives every task to one member, to one of its zone where there is any, evenly within the zone', () => {
    fc.assert(
      fc.property(zoned, ({ tasks, members }) => {
        const shares = assignTasks(tasks, members)
        expect([...shares.values()].flat().toSorted()).toEqual(tasks.map(({ name }) => name).toSorted())
        for (const zone of zones) {
          const here = members.filter(member => member.zone === zone).map(({ memberId }) => shares.get(memberId)!)
          if (here.length === 0) continue
          const own = tasks.filter(task => task.zone === zone).map(({ name }) => name)
          const counts = here.map(share => share.filter(name => own.includes(name)).length)
          expect(counts.reduce((a, b) => a + b)).toBe(own.length)
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('gives no task of another zone to a member that has more than another', () => {
    fc.assert(
      fc.property(zoned, ({ tasks, members }) => {
        const shares = assignTasks(tasks, members)
        const sizes = [...shares.values()].map(share => share.length)
        const anywhere = new Set(
          tasks.filter(({ zone }) => !members.some(member => member.zone === zone)).map(({ name }) => name),
        )
        for (const share of shares.values()) {
          const free = tasks.filter(
            ({ name, zone }) => share.includes(name) && (zone === undefined || anywhere.has(name)),
          )
          if (free.length > 0) expect(share.length).toBeLessThanOrEqual(Math.min(...sizes) + 1)
        }
      }),
    )
  })

  it('moves nothing when nobody comes or goes', () => {
    fc.assert(
      fc.property(zoned, ({ tasks, members }) => {
        const first = assignTasks(tasks, members)
        const again = assignTasks(
          tasks,
          members.map(member => ({ ...member, owned: first.get(member.memberId)! })),
        )
        for (const [member, share] of first) expect(again.get(member)!.toSorted()).toEqual(share.toSorted())
      }),
    )
  })

  it('moves only the shards of a zone that dies, and takes them home when it is back', () => {
    const tasks = Array.from({ length: 12 }, (_, i) => ({ name: `t-${i}`, zone: zones[i % 3] }))
    const of = (shares: ReadonlyMap<string, string[]>, ids: string[]) =>
      ids.map(memberId => ({ memberId, zone: memberId[0], owned: shares.get(memberId) ?? [] }))
    const all = assignTasks(tasks, of(new Map(), ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']))
    expect([...all.values()].map(share => share.length)).toEqual([2, 2, 2, 2, 2, 2])
    const without = assignTasks(tasks, of(all, ['a1', 'a2', 'c1', 'c2']))
    for (const member of ['a1', 'a2', 'c1', 'c2']) {
      expect(without.get(member)).toEqual(expect.arrayContaining(all.get(member)!))
      expect(without.get(member)).toHaveLength(3)
    }
    const back = assignTasks(tasks, of(without, ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']))
    for (const [member, share] of back)
      for (const name of share) {
        expect(tasks.find(task => task.name === name)!.zone).toBe(member[0])
      }
  })
})

describe('assignTasks where members hold state', () => {
  const held = fc
    .record({
      tasks: fc.integer({ min: 0, max: 24 }),
      // Some of them have come with nothing; the tasks of others have lost their owner.
      owners: fc.array(fc.nat(7), { minLength: 24, maxLength: 24 }),
      holders: fc.array(fc.tuple(fc.nat(5), fc.constantFrom('held', 'building', 'kept')), {
        minLength: 24,
        maxLength: 24,
      }),
      members: fc.integer({ min: 1, max: 6 }),
    })
    .map(({ tasks, owners, holders, members }) => ({
      tasks: Array.from({ length: tasks }, (_, i) => ({ name: `t-${i}` })),
      members: Array.from({ length: members }, (_, m) => {
        const has = (how: string) =>
          holders.flatMap(([at, each], i) => (at === m && each === how && owners[i] !== m ? [`t-${i}`] : []))
        return {
          memberId: `m${m}`,
          owned: owners.flatMap((owner, i) => (owner === m && i < tasks ? [`t-${i}`] : [])),
          held: has('held'),
          building: has('building'),
          kept: has('kept'),
        }
      }),
    }))

  it('is as even as without, and leaves as many tasks where they are', () => {
    fc.assert(
      fc.property(held, ({ tasks, members }) => {
        const plain = members.map(({ memberId, owned }) => ({ memberId, owned }))
        const [given, without] = [assignTasks(tasks, members), assignTasks(tasks, plain)]
        const sizes = (shares: ReadonlyMap<string, string[]>) =>
          [...shares.values()].map(share => share.length).toSorted()
        expect(sizes(given)).toEqual(sizes(without))
        const stayed = (shares: ReadonlyMap<string, string[]>) =>
          members.reduce((sum, { memberId, owned }) => {
            return sum + shares.get(memberId)!.filter(task => owned.includes(task)).length
          }, 0)
        expect(stayed(given)).toBe(stayed(without))
        expect([...given.values()].flat().toSorted()).toEqual(tasks.map(({ name }) => name).toSorted())
      }),
    )
  })

  it('lets no task go to a member without its state while one that holds it has fewer', () => {
    fc.assert(
      fc.property(held, ({ tasks, members }) => {
        const given = assignTasks(tasks, members)
        for (const { memberId, owned, held: has } of members) {
          for (const task of given.get(memberId)!) {
            if (owned.includes(task) || has.includes(task)) continue
            for (const holder of members.filter(other => other.held.includes(task))) {
              expect(given.get(holder.memberId)!.length).toBeGreaterThanOrEqual(given.get(memberId)!.length)
            }
          }
        }
      }),
    )
  })

  it('gives the tasks of one that is gone to those that hold them: what is up to date rather than what is being built', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => ({ name }))
    const members = [
      { memberId: 'm1', owned: ['a', 'b'], held: ['f'], kept: ['e'] },
      { memberId: 'm2', owned: ['c', 'd'], held: ['e'], building: ['f'] },
    ]
    expect(assignTasks(tasks, members)).toEqual(
      new Map([
        ['m1', ['a', 'b', 'f']],
        ['m2', ['c', 'd', 'e']],
      ]),
    )
  })

  it('gives one that comes back the tasks whose state it has kept', () => {
    const tasks = ['a', 'b', 'c', 'd'].map(name => ({ name }))
    const members = [
      { memberId: 'm1', owned: ['a', 'b', 'c', 'd'] },
      { memberId: 'm2', owned: [], kept: ['a', 'b'] },
    ]
    expect(assignTasks(tasks, members).get('m2')).toEqual(['a', 'b'])
  })
})

it('reads the claim of a version that knows of no standbys', () => {
  expect(decodeClaim(Buffer.from('{"owned":["a-0"]}'))).toEqual({ owned: ['a-0'] })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignTasks } from '../../src/runtime/assignor.js'

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

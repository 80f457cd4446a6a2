import { expect, it } from 'vitest'
import { json, memory, pipeline, string, topic } from '../../dsl/index.js'
import type { MemberInfo } from '../../src/log/log.js'
import { assignmentsOf, handed } from '../../src/runtime/assignment.js'
import { encodeClaim, type Claim } from '../../src/runtime/assignor.js'
import { makePlan } from '../../src/runtime/plan.js'
import { cut } from '../../src/topology/cut.js'

const jobs = topic('jobs', { key: string, value: json<string>() })
const plain = topic('plain', { key: string, value: string })
const copies = topic('copies', { key: string, value: string })

async function plan() {
  const log = await memory().open()
  await log.topics.create(['jobs', 'plain', 'copies'].map(name => ({ name, partitions: 2 })))
  const p = pipeline('assigned', { value: json() })
  p.stream(jobs).groupByKey().count({ as: 'counts' })
  p.stream(plain).to(copies)
  return makePlan(log, cut(p.lower()), true, 0)
}

const member = (memberId: string, claim: Claim): MemberInfo => {
  return { memberId, instanceId: undefined, topics: [], userData: encodeClaim(claim) }
}

it('hands out tasks, and standbys of those that have state', async () => {
  const members = ['a', 'b'].map(id => member(id, { owned: [], instance: id, standbys: 1 }))
  const assigned = assignmentsOf(await plan(), members)
  const claim = { group: '', memberId: '', generation: 0 }
  const [a, b] = ['a', 'b'].map(id => handed({ ...assigned.get(id)!, claim, continuous: true }))
  expect([...a!.tasks, ...b!.tasks].toSorted()).toEqual(['jobs-0', 'jobs-1', 'plain-0', 'plain-1'])
  const stateful = (tasks: readonly string[]) => tasks.filter(name => name.startsWith('jobs')).toSorted()
  expect(a!.standbys.toSorted()).toEqual(stateful(b!.tasks))
  expect(b!.standbys.toSorted()).toEqual(stateful(a!.tasks))
  // What it follows it does not read.
  expect(assigned.get('a')!.partitions.map(({ topic: name, partition }) => `${name}-${partition}`)).toEqual(a!.tasks)
})

it('writes to a version without standbys what it reads, and reads what that writes', async () => {
  const members = [member('old', { owned: [] }), member('new', { owned: [], instance: 'n', standbys: 1 })]
  const assigned = assignmentsOf(await plan(), members)
  const old = JSON.parse(Buffer.from(assigned.get('old')!.userData).toString()) as unknown
  expect(old).toHaveLength(2)
  const claim = { group: '', memberId: '', generation: 0 }
  const given = { ...assigned.get('old')!, claim, continuous: true }
  expect(handed(given)).toEqual({ tasks: old, standbys: [] })
})

import { SluiceError } from '../errors.js'
import type { Assignment, MemberAssignment, MemberInfo } from '../log/log.js'
import type { TaskSpec } from '../topology/cut.js'
import { assignTasks, decodeClaim } from './assignor.js'
import type { Plan } from './plan.js'

/** What the leader hands to each member, by member id: its tasks by name, and the partitions that these read. */
export function assignmentsOf(
  { tasks, tasksByName }: Plan,
  members: readonly MemberInfo[],
): ReadonlyMap<string, MemberAssignment> {
  const claimants = members.map(({ memberId, userData }) => ({ memberId, ...decodeClaim(userData) }))
  const given = [...assignTasks(tasks, claimants)].map(([memberId, names]): [string, MemberAssignment] => {
    const partitions = names.flatMap(name => tasksByName.get(name)!.inputs)
    return [memberId, { partitions, userData: Buffer.from(JSON.stringify(names)) }]
  })
  return new Map(given)
}

/** The tasks that a member was handed. */
export function taskNames({ userData }: Assignment): readonly string[] {
  return JSON.parse(Buffer.from(userData).toString('utf8')) as string[]
}

/** What they are, by name. @throws SluiceError BAD_TOPOLOGY for one that the plan does not know */
export function plannedTasks({ spec, tasksByName }: Plan, names: readonly string[]): ReadonlyMap<string, TaskSpec> {
  return new Map(
    names.map(name => {
      const planned = tasksByName.get(name)
      if (planned !== undefined) return [name, planned]
      const what = `the group "${spec.application}" gave this instance a task that it does not know`
      throw new SluiceError('BAD_TOPOLOGY', what, {
        place: { task: name },
        hint: 'another version of the pipeline runs under this application id: stop it, or start this one under another id',
      })
    }),
  )
}

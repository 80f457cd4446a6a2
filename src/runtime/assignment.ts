import { SluiceError } from '../errors.js'
import type { Assignment, MemberAssignment, MemberInfo } from '../log/log.js'
import type { TaskSpec } from '../topology/cut.js'
import { assignTasks, decodeClaim } from './assignor.js'
import type { Plan } from './plan.js'
import { placeStandbys } from './standbys/standby-placement.js'

/** What a member was handed, by name. */
export interface Handed {
  readonly tasks: readonly string[]
  readonly standbys: readonly string[]
}

/** What the leader hands to each member, by member id: its tasks and standbys by name, and the partitions that the tasks read. */
export function assignmentsOf(
  { tasks, tasksByName }: Plan,
  members: readonly MemberInfo[],
): ReadonlyMap<string, MemberAssignment> {
  const claimants = members.map(({ memberId, userData }) => ({ memberId, ...decodeClaim(userData) }))
  const given = assignTasks(tasks, claimants)
  const withState = tasks.filter(({ sub }) => sub.changelogs.length > 0).map(({ name }) => name)
  const standbys = placeStandbys(withState, given, claimants)
  return new Map(
    claimants.map(({ memberId, standbys: wished }): [string, MemberAssignment] => {
      const names = given.get(memberId)!
      const handed: Handed = { tasks: names, standbys: standbys.get(memberId)! }
      // A version that knows of no standbys takes a plain list.
      const userData = Buffer.from(JSON.stringify(wished === undefined ? names : handed))
      return [memberId, { partitions: names.flatMap(name => tasksByName.get(name)!.inputs), userData }]
    }),
  )
}

/** What a member was handed. */
export function handed({ userData }: Assignment): Handed {
  const said = JSON.parse(Buffer.from(userData).toString('utf8')) as Handed | readonly string[]
  return 'tasks' in said ? said : { tasks: said, standbys: [] }
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

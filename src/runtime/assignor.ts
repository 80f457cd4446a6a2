/** What the leader knows of a member: the tasks it has now, whose state it need not fetch again. */
export interface Claimant extends Claim {
  readonly memberId: string
}

/** What a member says of itself when it joins. */
export interface Claim {
  readonly owned: readonly string[]
  /** The failure zone it runs in. */
  readonly zone?: string | undefined
}

export function encodeClaim(claim: Claim): Uint8Array {
  return Buffer.from(JSON.stringify(claim))
}

export function decodeClaim(userData: Uint8Array): Claim {
  return JSON.parse(Buffer.from(userData).toString('utf8')) as Claim
}

/** A task to be given to somebody. */
export interface Claimed {
  readonly name: string
  /** It is for members of this zone, as long as there are any. */
  readonly zone?: string | undefined
}

/**
 * Shares tasks evenly (the counts differ by one at most) and leaves a task where it was as long as that stays even. Tasks
 * of a zone go to its members, evenly among those; where it has none, and for tasks of no zone, to whoever has the least.
 * The same input gives the same answer on every leader.
 *
 * @param tasks in a stable order
 * @returns the tasks of every member, by member id
 */
export function assignTasks(tasks: readonly Claimed[], members: readonly Claimant[]): ReadonlyMap<string, string[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const given = new Map<string, string[]>(sorted.map(({ memberId }) => [memberId, []]))
  const manned = new Set(members.map(({ zone }) => zone))
  const atHome = (task: Claimed): boolean => task.zone !== undefined && manned.has(task.zone)
  for (const zone of new Set(tasks.filter(atHome).map(task => task.zone))) {
    const here = (of: { readonly zone?: string | undefined }): boolean => of.zone === zone
    share(namesOf(tasks.filter(here)), sorted.filter(here), given)
  }
  share(namesOf(tasks.filter(task => !atHome(task))), sorted, given)
  return given
}

function namesOf(tasks: readonly Claimed[]): readonly string[] {
  return tasks.map(({ name }) => name)
}

/** Gives tasks to members, so that all they have then is as even as what they had allows. */
function share(tasks: readonly string[], members: readonly Claimant[], given: ReadonlyMap<string, string[]>): void {
  const loadOf = ({ memberId }: Claimant): number => given.get(memberId)!.length
  const { least, above } = level(tasks.length, members.map(loadOf))
  let room = above
  const left = new Set(tasks)
  for (const member of members) {
    const mine = given.get(member.memberId)!
    for (const task of member.owned) {
      if (!left.has(task)) continue
      if (mine.length >= least) {
        if (room === 0 || mine.length > least) continue
        room--
      }
      mine.push(task)
      left.delete(task)
    }
  }
  for (const task of left) {
    const poorest = members.reduce((a, b) => (loadOf(b) < loadOf(a) ? b : a))
    given.get(poorest.memberId)!.push(task)
  }
}

/** How many each has in the end at least, and how many have one more; whoever has more already gets none. */
function level(tasks: number, loads: readonly number[]): { readonly least: number; readonly above: number } {
  const all = loads.reduce((sum, load) => sum + load, tasks)
  const least = Math.floor(all / loads.length)
  const fit = loads.filter(load => load <= least)
  return fit.length === loads.length ? { least, above: all % loads.length } : level(tasks, fit)
}

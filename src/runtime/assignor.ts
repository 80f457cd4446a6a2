/** What the leader knows of a member: the tasks it has now, whose state it need not fetch again. */
export interface Claimant extends Claim {
  readonly memberId: string
}

/** What a member says of itself when it joins. */
export interface Claim {
  readonly owned: readonly string[]
  /** The failure zone it runs in. */
  readonly zone?: string | undefined
  /** The instance it is a thread of. Those of one instance share its fate, and its state directory. */
  readonly instance?: string | undefined
  /** How many standbys it wants of each task. Left out by versions that know of none. */
  readonly standbys?: number | undefined
  /** Tasks that it has an up-to-date standby of. */
  readonly held?: readonly string[] | undefined
  /** Tasks that it is building a standby of. */
  readonly building?: readonly string[] | undefined
  /** Tasks that its directory has former state of. */
  readonly kept?: readonly string[] | undefined
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
 * Shares tasks evenly (the counts differ by one at most) and leaves a task where it was as long as that stays even. One
 * that has to move goes to whoever holds its state, as long as that stays even too. Tasks of a zone go to its members,
 * evenly among those; where it has none, and for tasks of no zone, to whoever has the least. The same input gives the same
 * answer on every leader.
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
  /** Whether it may have one more; notes that it gets one. */
  const takes = (member: Claimant): boolean => {
    const load = loadOf(member)
    if (load < least) return true
    if (load > least || room === 0) return false
    room--
    return true
  }
  const give = (task: string, to: Claimant): void => {
    given.get(to.memberId)!.push(task)
    left.delete(task)
  }
  const wanted = wantedBy(members.filter(member => member.owned.length + loadOf(member) < least))
  for (const member of members) {
    // What it has too many of is rather what somebody else has the state of.
    const owned = [...member.owned.filter(task => !wanted.has(task)), ...member.owned.filter(task => wanted.has(task))]
    for (const task of owned) if (left.has(task) && takes(member)) give(task, member)
  }
  const poorest = (among: readonly Claimant[]): Claimant => among.reduce((a, b) => (loadOf(b) < loadOf(a) ? b : a))
  for (const holders of [holdersBy(members, 'held'), holdersBy(members, 'building'), holdersBy(members, 'kept')]) {
    for (const task of left) {
      const here = holders.get(task)
      if (here === undefined) continue
      const to = poorest(here)
      if (takes(to)) give(task, to)
    }
  }
  for (const task of left) give(task, poorest(members))
}

/** Tasks that members would rather have than others. */
function wantedBy(members: readonly Claimant[]): ReadonlySet<string> {
  return new Set(members.flatMap(({ held = [], building = [], kept = [] }) => [...held, ...building, ...kept]))
}

/** Who has state of a task, by task. */
function holdersBy(
  members: readonly Claimant[],
  how: 'held' | 'building' | 'kept',
): ReadonlyMap<string, readonly Claimant[]> {
  const holders = new Map<string, Claimant[]>()
  for (const member of members) {
    for (const task of member[how] ?? []) holders.set(task, [...(holders.get(task) ?? []), member])
  }
  return holders
}

/** How many each has in the end at least, and how many have one more; whoever has more already gets none. */
function level(tasks: number, loads: readonly number[]): { readonly least: number; readonly above: number } {
  const all = loads.reduce((sum, load) => sum + load, tasks)
  const least = Math.floor(all / loads.length)
  const fit = loads.filter(load => load <= least)
  return fit.length === loads.length ? { least, above: all % loads.length } : level(tasks, fit)
}

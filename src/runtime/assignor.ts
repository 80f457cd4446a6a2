/** What the leader knows of a member: the tasks it has now, whose state it need not fetch again. */
export interface Claimant {
  readonly memberId: string
  readonly owned: readonly string[]
}

/**
 * Shares tasks evenly (the counts differ by one at most) and leaves a task where it was as long as that stays even.
 * The same input gives the same answer on every leader.
 *
 * @param tasks names, in a stable order
 * @returns the tasks of every member, by member id
 */
export function assignTasks(tasks: readonly string[], members: readonly Claimant[]): ReadonlyMap<string, string[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const given = new Map<string, string[]>(sorted.map(({ memberId }) => [memberId, []]))
  const least = Math.floor(tasks.length / sorted.length)
  let above = tasks.length % sorted.length
  const left = new Set(tasks)
  for (const { memberId, owned } of sorted) {
    const mine = given.get(memberId)!
    for (const task of owned) {
      if (!left.has(task)) continue
      if (mine.length >= least) {
        if (above === 0 || mine.length > least) continue
        above--
      }
      mine.push(task)
      left.delete(task)
    }
  }
  for (const task of left) {
    const poorest = sorted.reduce((a, b) => (given.get(b.memberId)!.length < given.get(a.memberId)!.length ? b : a))
    given.get(poorest.memberId)!.push(task)
  }
  return given
}

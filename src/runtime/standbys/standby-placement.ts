import type { Claimant } from '../assignor.js'

/** A member that takes standbys. */
interface Host extends Claimant {
  /** What it is given. */
  readonly given: Set<string>
  /** How old the state is that it has of tasks: the less, the better. */
  readonly ages: ReadonlyMap<string, number>
}

/**
 * Says which members keep standbys of which tasks: as many of each task as the member that wants the most, on distinct
 * instances, none of them the task's own, in other zones where there are any. Where there are fewer instances than that, a
 * task has fewer standbys. A standby stays where it is, and whoever had the task or its state becomes its standby, as long as
 * members have about as many each.
 * The same input gives the same answer on every leader.
 *
 * @param tasks those with state in changelogs, in a stable order
 * @param active the tasks of every member, by member id
 * @returns the standbys of every member, by member id
 */
export function placeStandbys(
  tasks: readonly string[],
  active: ReadonlyMap<string, readonly string[]>,
  members: readonly Claimant[],
): ReadonlyMap<string, readonly string[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const copies = Math.max(0, ...members.map(({ standbys = 0 }) => standbys))
  const hosts = sorted
    .filter(({ standbys = 0 }) => standbys > 0)
    .map((host): Host => ({ ...host, given: new Set(), ages: agesOf(host) }))
  const owners = new Map(sorted.flatMap(member => (active.get(member.memberId) ?? []).map(task => [task, member])))
  if (copies > 0) {
    const places = tasks.flatMap(task => {
      const owner = owners.get(task)
      return owner === undefined ? [] : [new Places(task, owner, hosts)]
    })
    for (const place of places) place.keep(copies)
    for (const place of places) place.fill(copies)
    while (evenOut(places, hosts));
  }
  return new Map(
    sorted.map(({ memberId }) => [memberId, [...(hosts.find(host => host.memberId === memberId)?.given ?? [])]]),
  )
}

/** The standbys of one task. */
class Places {
  readonly task: string
  readonly #owner: Claimant
  readonly #hosts: readonly Host[]
  readonly #taken: Host[] = []

  constructor(task: string, owner: Claimant, hosts: readonly Host[]) {
    this.task = task
    this.#owner = owner
    this.#hosts = hosts
  }

  /** Leaves standbys where the state is: the more up to date it is, the rather. */
  keep(copies: number): void {
    while (this.#taken.length < copies) {
      const ageOf = ({ ages }: Host): number => ages.get(this.task) ?? Number.POSITIVE_INFINITY
      const best = this.#best().filter(({ ages }) => ages.has(this.task))
      if (best.length === 0) return
      this.#take(best.reduce((a, b) => (ageOf(b) < ageOf(a) ? b : a)))
    }
  }

  /** Gives those that are missing to whoever has the fewest. */
  fill(copies: number): void {
    while (this.#taken.length < copies) {
      const best = this.#best()
      if (best.length === 0) return
      this.#take(best.reduce((a, b) => (b.given.size < a.given.size ? b : a)))
    }
  }

  /** Moves one from a member to another, unless an instance would have two or fewer zones would have one. */
  move(from: Host, to: Host): boolean {
    const at = this.#taken.indexOf(from)
    if (at < 0) return false
    const others = this.#taken.toSpliced(at, 1)
    if (!isFree(to, [this.#owner, ...others])) return false
    if (this.#spread([...others, to]) < this.#spread(this.#taken)) return false
    this.#taken[at] = to
    from.given.delete(this.task)
    to.given.add(this.task)
    return true
  }

  /** Those that may take one: in a zone that has none yet, where there is such a zone. */
  #best(): readonly Host[] {
    const used = [this.#owner, ...this.#taken]
    const free = this.#hosts.filter(host => isFree(host, used))
    const elsewhere = free.filter(({ zone }) => zone !== undefined && !used.some(other => other.zone === zone))
    return elsewhere.length > 0 ? elsewhere : free
  }

  #spread(hosts: readonly Host[]): number {
    const zones = new Set(hosts.map(({ zone }) => zone))
    zones.delete(undefined)
    zones.delete(this.#owner.zone)
    return zones.size
  }

  #take(host: Host): void {
    this.#taken.push(host)
    host.given.add(this.task)
  }
}

function isFree(host: Claimant, used: readonly Claimant[]): boolean {
  return used.every(other => instanceOf(other) !== instanceOf(host))
}

/** A version that names no instance has one member. */
function instanceOf({ instance, memberId }: Claimant): string {
  return instance ?? memberId
}

function agesOf({ owned, held = [], building = [], kept = [] }: Claimant): ReadonlyMap<string, number> {
  const inSteps = [kept, building, [...held, ...owned]]
  return new Map(inSteps.flatMap((tasks, i) => tasks.map(task => [task, inSteps.length - i])))
}

/** Moves one standby from a member to one that has at least two fewer. Answers whether there was one to move. */
function evenOut(places: readonly Places[], hosts: readonly Host[]): boolean {
  const rich = hosts.toSorted((a, b) => b.given.size - a.given.size)
  for (const from of rich) {
    const its = places.filter(({ task }) => from.given.has(task))
    // What it has no state of is moved before the rest.
    const inOrder = its.toSorted((a, b) => Number(from.ages.has(a.task)) - Number(from.ages.has(b.task)))
    for (const to of rich.toReversed()) {
      if (from.given.size - to.given.size < 2) break
      if (inOrder.some(place => place.move(from, to))) return true
    }
  }
  return false
}

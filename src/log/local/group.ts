import { SluiceError } from '../../errors.js'
import type { Assignment, GroupClaim, MemberAssignment, MemberInfo, MemberOptions } from '../log.js'
import { soon, type Clock } from '../../time.js'

const nothing: MemberAssignment = { partitions: [], userData: new Uint8Array(0) }

/** A place in the group, from its first join to its end. */
interface Seat {
  readonly memberId: string
  readonly options: MemberOptions
  /** Set while the member waits in `join`. */
  joining: { resolve: (assignment: Assignment) => void; reject: (error: unknown) => void } | undefined
  /** The generation of its last assignment; 0 before the first. */
  generation: number
  /** Whether it was asked to join again since. */
  asked: boolean
}

/**
 * The members of one group within this process. A round begins when somebody comes or goes: all others are asked to join
 * again, the oldest member assigns, all get the next generation. Claims of an older one are refused from then on.
 *
 * Members here live and die with the process, so nothing waits for a session to expire; `expire` stands for it in tests.
 */
export class LocalGroup {
  readonly name: string
  readonly #clock: Clock
  readonly #settled: () => Promise<void>
  readonly #seats = new Map<string, Seat>()
  #generation = 0
  #members = 0
  /** Counts comings and goings, so that an assignment made meanwhile is known to be out of date. */
  #changes = 0
  #assigning = false
  #cancelTimeout: (() => void) | undefined

  /** @param settled waits for the commits under way, so that an assignment never overtakes one of its predecessor's */
  constructor(name: string, clock: Clock, settled: () => Promise<void>) {
    this.name = name
    this.#clock = clock
    this.#settled = settled
  }

  /** @throws SluiceError FENCED */
  check(claim: GroupClaim): void {
    const seat = this.#seats.get(claim.memberId)
    if (claim.group === this.name && seat !== undefined && claim.generation === this.#generation) return
    const why = seat === undefined ? `${claim.memberId} is no member` : `it is at generation ${this.#generation}`
    throw fenced(`the group ${this.name} refuses the claim of generation ${claim.generation}: ${why}`)
  }

  /** Joins anew (`memberId` unknown), or again. */
  join(memberId: string | undefined, options: MemberOptions): { memberId: string; assignment: Promise<Assignment> } {
    const other = [...this.#seats.values()].find(seat => seat.options.protocol !== options.protocol)
    if (other !== undefined) {
      throw new SluiceError('BAD_ARGUMENT', `the group ${this.name} uses the protocol ${other.options.protocol}`, {
        hint: `let all members of the group use one protocol; this one offers ${options.protocol}`,
      })
    }
    const seat = this.#seats.get(memberId ?? '') ?? this.#sit(options)
    seat.joining?.reject(new SluiceError('NOT_RUNNING', 'the member joined again before its last join was over'))
    const assignment = new Promise<Assignment>((resolve, reject) => (seat.joining = { resolve, reject }))
    this.#changed()
    return { memberId: seat.memberId, assignment }
  }

  leave(memberId: string): void {
    const seat = this.#seats.get(memberId)
    if (seat !== undefined) this.#remove(seat, new SluiceError('NOT_RUNNING', 'the member left the group'))
  }

  /** Ends a membership as an expired session would; answers whether there was one. */
  expire(memberId: string): boolean {
    const seat = this.#seats.get(memberId)
    if (seat !== undefined) this.#lose(seat, fenced(`the session of ${memberId} in the group ${this.name} expired`))
    return seat !== undefined
  }

  #sit(options: MemberOptions): Seat {
    const same = options.instanceId !== undefined && this.#find(options.instanceId)
    if (same) this.#lose(same, fenced(`another member took the instance id ${options.instanceId}`))
    const memberId = `${options.instanceId ?? 'member'}-${++this.#members}`
    const seat: Seat = { memberId, options, joining: undefined, generation: 0, asked: false }
    this.#seats.set(memberId, seat)
    return seat
  }

  #find(instanceId: string): Seat | undefined {
    return [...this.#seats.values()].find(seat => seat.options.instanceId === instanceId)
  }

  #remove(seat: Seat, error: SluiceError): void {
    this.#seats.delete(seat.memberId)
    seat.joining?.reject(error)
    this.#changed()
  }

  #lose(seat: Seat, error: SluiceError): void {
    // Whoever waits in `join` learns it there.
    if (seat.joining === undefined) soon(() => seat.options.onLost(error))
    this.#remove(seat, error)
  }

  /** Somebody came, went or asked for a new round: the others are asked to join, and when all have, it is assigned. */
  #changed(): void {
    this.#changes++
    for (const seat of this.#seats.values()) {
      if (seat.joining !== undefined || seat.asked) continue
      seat.asked = true
      soon(() => {
        if (this.#seats.has(seat.memberId) && seat.joining === undefined && seat.asked) seat.options.onRebalance()
      })
    }
    this.#startTimeout()
    // In a microtask, so that members who come together meet in one round.
    soon(() => void this.#assignWhenComplete())
  }

  /** A member that was asked and does not come holds up all others: for the longest time-out among them, if they have one. */
  #startTimeout(): void {
    const members = [...this.#seats.values()].map(seat => seat.options)
    const timeouts = members.flatMap(({ rebalanceTimeout }) => rebalanceTimeout ?? [])
    if (timeouts.length === 0 || this.#cancelTimeout !== undefined) return
    const clock = members.find(options => options.clock !== undefined)?.clock ?? this.#clock
    this.#cancelTimeout = clock.after(Math.max(...timeouts), () => {
      this.#cancelTimeout = undefined
      for (const seat of [...this.#seats.values()]) {
        if (seat.joining === undefined && seat.asked) {
          this.#lose(seat, fenced(`${seat.memberId} did not join the group ${this.name} again in time`))
        }
      }
    })
  }

  async #assignWhenComplete(): Promise<void> {
    const seats = [...this.#seats.values()]
    if (this.#assigning || !seats.every(seat => seat.joining !== undefined)) return
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
    const leader = seats[0]
    if (leader === undefined) return
    this.#assigning = true
    const changes = this.#changes
    try {
      const assigned = await leader.options.assign(seats.map(infoOf))
      await this.#settled()
      if (changes === this.#changes) this.#deliver(seats, assigned)
    } catch (error) {
      if (this.#seats.has(leader.memberId)) {
        leader.joining?.reject(error)
        leader.joining = undefined
        this.#seats.delete(leader.memberId)
        this.#changes++
      }
    } finally {
      this.#assigning = false
    }
    if (changes !== this.#changes) await this.#assignWhenComplete()
  }

  #deliver(seats: readonly Seat[], assigned: ReadonlyMap<string, MemberAssignment>): void {
    const generation = ++this.#generation
    for (const seat of seats) {
      const { memberId, options } = seat
      const { partitions, userData } = assigned.get(memberId) ?? nothing
      const claim = { group: this.name, memberId, generation, instanceId: options.instanceId }
      const continuous = seat.generation > 0 && seat.generation === generation - 1
      seat.generation = generation
      seat.asked = false
      seat.joining?.resolve({ partitions, userData, claim, continuous })
      seat.joining = undefined
    }
  }
}

function infoOf({ memberId, options }: Seat): MemberInfo {
  return { memberId, instanceId: options.instanceId, topics: options.topics(), userData: options.userData() }
}

function fenced(what: string): SluiceError {
  return new SluiceError('FENCED', what, { hint: 'drop what is not committed and join the group again' })
}

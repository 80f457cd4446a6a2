import type { Assignment, GroupClaim, Log, Member, MemberOptions } from '../log/log.js'
import { instanceIdOf } from './former-slots.js'
import type { Settings } from './options.js'
import type { StateHome } from './state-home.js'

export interface MembershipParts extends Pick<MemberOptions, 'topics' | 'userData' | 'assign' | 'onLost'> {
  readonly log: Log
  readonly home: StateHome
  readonly settings: Settings
  readonly slot: number
  readonly application: string
  /** A join is due. */
  readonly onDue: () => void
}

/** A worker's place in the group. */
export class Membership {
  /** What it commits with; nothing before the first join. */
  claim: GroupClaim | undefined
  /** Whether a join is due. */
  due = true
  /** Whether a join was given up while it waited for the others: the place is another's. */
  left = false
  readonly #parts: MembershipParts
  readonly #instanceId: string | undefined
  readonly #member: Member
  /** A join waits for the others of the group, however long they take. */
  #joining = false

  constructor(parts: MembershipParts) {
    this.#parts = parts
    const { log, home, settings, slot, application: group, topics, userData, assign, onLost } = parts
    // Where a crash leaves a member behind, this one is known by its slot: its successor need not wait for the session.
    this.#instanceId = log.evict === undefined ? undefined : instanceIdOf(home.instance, slot)
    this.#member = log.member({
      group,
      ...(this.#instanceId === undefined ? {} : { instanceId: this.#instanceId }),
      protocol: 'sluice',
      topics,
      userData,
      assign,
      onRebalance: () => this.rejoin(),
      onLost,
      clock: settings.clock,
    })
  }

  rejoin(): void {
    this.due = true
    this.#parts.onDue()
  }

  async join(): Promise<Assignment> {
    this.#joining = true
    const assignment = await this.#member.join().finally(() => (this.#joining = false))
    this.claim = assignment.claim
    return assignment
  }

  /** Gives up the join that is under way, if there is one. */
  async giveUp(): Promise<void> {
    if (!this.#joining) return
    this.left = true
    await this.#member.leave()
  }

  leave(): Promise<void> {
    return this.#member.leave()
  }

  /**
   * Whoever is in the group under this id goes: the state directory has one owner, so it is a former process, or this one
   * at its end.
   *
   * @param patience milliseconds
   */
  async evict(patience?: number): Promise<void> {
    const { log, application } = this.#parts
    if (this.#instanceId !== undefined) await log.evict?.(application, this.#instanceId, patience)
  }
}

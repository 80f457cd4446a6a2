import type { Assignment, Member, MemberOptions } from '../log.js'
import type { LocalGroup } from './group.js'

/** A member of a group in this process. It needs no heartbeats: it cannot die and leave the group behind. */
export class LocalMember implements Member {
  readonly #group: LocalGroup
  readonly #options: MemberOptions
  #memberId: string | undefined

  constructor(group: LocalGroup, options: MemberOptions) {
    this.#group = group
    this.#options = options
  }

  async join(): Promise<Assignment> {
    const { memberId, assignment } = this.#group.join(this.#memberId, this.#options)
    this.#memberId = memberId
    return await assignment
  }

  async leave(): Promise<void> {
    if (this.#memberId !== undefined) this.#group.leave(this.#memberId)
    this.#memberId = undefined
  }
}

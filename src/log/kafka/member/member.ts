import { SluiceError } from '../../../errors.js'
import type { Assignment, GroupClaim, Member, MemberOptions } from '../../log.js'
import { code, codeName } from '../codes.js'
import type { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { refusal } from '../refusal.js'
import { joinGroupRequest, type JoinGroupResponse } from '../requests/join-group.js'
import { leaveGroupRequest } from '../requests/leave-group.js'
import { syncGroupRequest } from '../requests/sync-group.js'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.js'
import type { Heartbeats } from './heartbeat-loop.js'
import { heartbeats } from './heartbeat-thread.js'

/** A join is answered when all members have come, at the latest after their rebalance timeout; this is the way there and back, in milliseconds. */
const joinSlack = 10_000
/**
 * So often in a row another process may take the place of a static member, which then takes it back: a join that arrived
 * late can do that once. Beyond that there are two, and they would go on for ever.
 */
const mostTaken = 2
/** Milliseconds that a farewell may take. */
const leaveTimeout = 5000

/** What is open from the first join on. */
interface Session {
  /** A pending join blocks its connection, so there is a second one. */
  readonly joinLink: Link
  readonly leaveLink: Link
  readonly heartbeats: Heartbeats
  readonly stop: AbortController
}

/**
 * A member of a consumer group, by the eager protocol: every rebalance takes all partitions and gives them anew. With an
 * `instanceId` it is a static member (KIP-345): it stays in the group through a restart, and `leave` leaves it there until
 * its session is over.
 */
export class KafkaMember implements Member {
  readonly #cluster: Cluster
  readonly #options: MemberOptions
  readonly #sessionTimeout: number
  readonly #rebalanceTimeout: number
  #session: Session | undefined
  #memberId = ''
  /** The claim that counts; undefined while joining. */
  #claim: GroupClaim | undefined
  /** The claim of the last assignment, unless the membership was lost since. */
  #previous: GroupClaim | undefined
  #rebalancing = false
  /** How often another process has taken the place lately. */
  #taken = 0
  #joinedAt = 0

  constructor(cluster: Cluster, options: MemberOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#sessionTimeout = options.sessionTimeout ?? cluster.settings.sessionTimeout
    this.#rebalanceTimeout = options.rebalanceTimeout ?? cluster.settings.rebalanceTimeout
    cluster.adopt(this)
  }

  async join(): Promise<Assignment> {
    const session = (this.#session ??= this.#open())
    // The group keeps a member that joins, and the beats of its last generation would be refused.
    session.heartbeats.stop()
    this.#claim = undefined
    const coordinator = new CoordinatorLink(this.#cluster, session.joinLink, 'group', this.#options.group)
    const assignment = await this.#cluster.retry(
      `joining group ${this.#options.group}`,
      () => this.#round(coordinator, session),
      {
        timeout: Math.max(this.#cluster.settings.apiTimeout, this.#rebalanceTimeout * 2),
        stop: session.stop.signal,
      },
    )
    if (session.stop.signal.aborted) throw new SluiceError('NOT_RUNNING', 'the member has left the group')
    this.#claim = assignment.claim
    this.#previous = assignment.claim
    this.#joinedAt = performance.now()
    this.#rebalancing = false
    return assignment
  }

  async leave(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    session.stop.abort()
    session.heartbeats.stop()
    if (this.#memberId !== '' && this.#options.instanceId === undefined) {
      const claim = { group: this.#options.group, memberId: this.#memberId, generation: -1 }
      const coordinator = new CoordinatorLink(this.#cluster, session.leaveLink, 'group', claim.group)
      // Without it, the others wait for the session to expire: no reason to fail.
      await this.#cluster
        .retry('leaving the group', () => coordinator.send(leaveGroupRequest(claim), one => one), {
          timeout: leaveTimeout,
        })
        .catch(cause => this.#cluster.report('leaving the group', cause))
    }
    this.#shut()
  }

  /** Ends without a word to the group. */
  async close(): Promise<void> {
    this.#shut()
    this.#cluster.release(this)
  }

  #open(): Session {
    return {
      joinLink: this.#cluster.link(),
      leaveLink: this.#cluster.link(),
      heartbeats: heartbeats(this.#cluster, this.#options.group, (claim, error) => this.#heard(claim, error)),
      stop: new AbortController(),
    }
  }

  #shut(): void {
    const session = this.#session
    this.#session = undefined
    this.#claim = undefined
    this.#previous = undefined
    this.#memberId = ''
    if (session === undefined) return
    session.stop.abort()
    session.heartbeats.close()
    this.#cluster.unlink(session.joinLink)
    this.#cluster.unlink(session.leaveLink)
  }

  /** One join and one sync. @throws TryAgain where the group asks for another */
  async #round(coordinator: CoordinatorLink, session: Session): Promise<Assignment> {
    const { group, instanceId } = this.#options
    const joined = await this.#join(coordinator)
    const claim: GroupClaim = { group, memberId: joined.memberId, generation: joined.generation, instanceId }
    // The leader may take its time to assign.
    session.heartbeats.start(claim)
    const assignments = joined.leader === joined.memberId ? await this.#assign(joined) : new Map<string, Buffer>()
    const timeout = this.#rebalanceTimeout + joinSlack
    const synced = await coordinator.send(syncGroupRequest(claim, assignments), one => one.error, timeout)
    if (synced.error !== code.none) throw this.#again(synced.error, 'taking the assignment')
    const previous = this.#previous
    // The same generation: there was no round since.
    const continuous = previous?.memberId === claim.memberId && claim.generation - previous.generation <= 1
    return { ...decodeAssignment(synced.assignment), claim, continuous }
  }

  async #join(coordinator: CoordinatorLink): Promise<JoinGroupResponse> {
    const { group, instanceId, protocol, topics, userData } = this.#options
    const request = joinGroupRequest({
      group,
      sessionTimeout: this.#sessionTimeout,
      rebalanceTimeout: this.#rebalanceTimeout,
      memberId: this.#memberId,
      instanceId: instanceId ?? null,
      protocol,
      metadata: encodeSubscription({ topics: topics(), userData: userData() }),
    })
    const answer = await coordinator.send(request, one => one.error, this.#rebalanceTimeout + joinSlack)
    if (answer.error === code.memberIdRequired) {
      this.#memberId = answer.memberId
      throw new TryAgain(codeName(answer.error), 0)
    }
    if (answer.error !== code.none) throw this.#again(answer.error, `joining group ${group}`)
    this.#memberId = answer.memberId
    return answer
  }

  async #assign({ members }: JoinGroupResponse): Promise<Map<string, Buffer>> {
    const infos = members.map(({ memberId, instanceId, metadata }) => {
      return { memberId, instanceId: instanceId ?? undefined, ...decodeSubscription(metadata) }
    })
    const assigned = await this.#options.assign(infos)
    return new Map(Array.from(assigned, ([memberId, assignment]) => [memberId, encodeAssignment(assignment)]))
  }

  /** What a refused join or sync leads to. */
  #again(error: number, what: string): Error {
    switch (error) {
      case code.unknownMemberId:
        this.#memberId = ''
        this.#previous = undefined
        return new TryAgain(codeName(error), 0)
      case code.fencedInstanceId:
        this.#memberId = ''
        this.#previous = undefined
        return this.#isTaken() ? taken(this.#options) : new TryAgain(codeName(error), 0)
      case code.illegalGeneration:
      case code.rebalanceInProgress:
        return new TryAgain(codeName(error), 0)
    }
    return refusal(error, what, {})
  }

  /** Another process has taken the place. Answers whether that has happened too often. */
  #isTaken(): boolean {
    if (performance.now() - this.#joinedAt > this.#sessionTimeout) this.#taken = 0
    return ++this.#taken > mostTaken
  }

  /** A heartbeat was answered with an error. */
  #heard(claim: GroupClaim, error: number): void {
    const current = this.#claim
    if (current?.memberId !== claim.memberId || current.generation !== claim.generation) return
    if (error === code.rebalanceInProgress) {
      if (!this.#rebalancing) this.#options.onRebalance()
      this.#rebalancing = true
      return
    }
    this.#claim = undefined
    this.#previous = undefined
    this.#session?.heartbeats.stop()
    // A place that is taken is asked for once more by the former id: the answer tells so, and is counted.
    if (error !== code.illegalGeneration && error !== code.fencedInstanceId) this.#memberId = ''
    const lost = refusal(error, `the membership in group ${claim.group} is lost`, {})
    this.#options.onLost(
      lost.code === 'FENCED' ? lost : new SluiceError('FENCED', lost.message, { cause: lost, hint: 'join again' }),
    )
  }
}

function taken({ group, instanceId }: MemberOptions): SluiceError {
  return new SluiceError('STATE_LOCKED', `another process is in group ${group} as ${instanceId} too`, {
    hint: 'its state directory is a copy of this one: stop one of them, and delete the folder "instance" of the copy before it starts again',
  })
}

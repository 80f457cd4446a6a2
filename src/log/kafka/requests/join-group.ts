import type { Request } from '../wire/request.js'

export interface JoinGroup {
  readonly group: string
  readonly sessionTimeout: number
  readonly rebalanceTimeout: number
  /** Empty for a new member. */
  readonly memberId: string
  readonly instanceId: string | null
  /** The name of the assignment protocol, and the subscription in its format. */
  readonly protocol: string
  readonly metadata: Uint8Array
}

export interface JoinGroupResponse {
  readonly error: number
  readonly generation: number
  readonly leader: string
  readonly memberId: string
  /** Given to the leader only. */
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly metadata: Buffer
  }[]
}

/** The type under which Kafka's tools show a group's members and topics. */
const protocolType = 'consumer'

/**
 * JoinGroup v5; v5 added static membership (KIP-345). Answered when all members have come.
 *
 *   request  => group_id: string, session_timeout_ms: int32, rebalance_timeout_ms: int32, member_id: string,
 *               group_instance_id: nullable string, protocol_type: string, [name: string, metadata: bytes]
 *   response => throttle_time_ms: int32, error_code: int16, generation_id: int32, protocol_name: string, leader: string,
 *               member_id: string, [member_id: string, group_instance_id: nullable string, metadata: bytes]
 */
export function joinGroupRequest(join: JoinGroup): Request<JoinGroupResponse> {
  return {
    name: 'JoinGroup',
    key: 11,
    version: 5,
    write(to) {
      to.string(join.group).int32(join.sessionTimeout).int32(join.rebalanceTimeout)
      to.string(join.memberId).string(join.instanceId).string(protocolType)
      to.array([join], ({ protocol, metadata }) => to.string(protocol).bytes(metadata))
    },
    read(from) {
      from.throttle()
      const head = { error: from.int16(), generation: from.int32() }
      from.string()
      const names = { leader: from.string(), memberId: from.string() }
      const members = from.array(() => ({
        memberId: from.string(),
        instanceId: from.nullableString(),
        metadata: from.bytes(),
      }))
      return { ...head, ...names, members }
    },
  }
}

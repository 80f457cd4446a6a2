import type { GroupClaim } from '../../log.js'
import type { Request } from '../wire/request.js'

export interface SyncGroupResponse {
  readonly error: number
  readonly assignment: Buffer
}

/**
 * SyncGroup v3: the leader hands in the assignments, every member gets its own.
 *
 *   request  => group_id: string, generation_id: int32, member_id: string, group_instance_id: nullable string,
 *               [member_id: string, assignment: bytes]
 *   response => throttle_time_ms: int32, error_code: int16, assignment: bytes
 */
export function syncGroupRequest(
  claim: GroupClaim,
  assignments: ReadonlyMap<string, Uint8Array>,
): Request<SyncGroupResponse> {
  return {
    name: 'SyncGroup',
    key: 14,
    version: 3,
    write(to) {
      to.string(claim.group)
        .int32(claim.generation)
        .string(claim.memberId)
        .string(claim.instanceId ?? null)
      to.array(Array.from(assignments), ([memberId, bytes]) => to.string(memberId).bytes(bytes))
    },
    read(from) {
      from.throttle()
      return { error: from.int16(), assignment: from.bytes() }
    },
  }
}

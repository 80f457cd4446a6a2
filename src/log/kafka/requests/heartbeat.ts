import type { GroupClaim } from '../../log.js'
import type { Request } from '../wire/request.js'

/**
 * Heartbeat v3. Answers the error code.
 *
 *   request  => group_id: string, generation_id: int32, member_id: string, group_instance_id: nullable string
 *   response => throttle_time_ms: int32, error_code: int16
 */
export function heartbeatRequest(claim: GroupClaim): Request<number> {
  return {
    name: 'Heartbeat',
    key: 12,
    version: 3,
    write(to) {
      to.string(claim.group)
        .int32(claim.generation)
        .string(claim.memberId)
        .string(claim.instanceId ?? null)
    },
    read(from) {
      from.throttle()
      return from.int16()
    },
  }
}

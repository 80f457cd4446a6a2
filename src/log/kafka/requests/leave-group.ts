import type { GroupClaim } from '../../log.js'
import type { Request } from '../wire/request.js'

/**
 * LeaveGroup v3. Answers the error code.
 *
 *   request  => group_id: string, [member_id: string, group_instance_id: nullable string]
 *   response => throttle_time_ms: int32, error_code: int16, [member_id: string, group_instance_id: nullable string,
 *               error_code: int16]
 */
export function leaveGroupRequest(claim: GroupClaim): Request<number> {
  return {
    name: 'LeaveGroup',
    key: 13,
    version: 3,
    write(to) {
      to.string(claim.group).array([claim], one => to.string(one.memberId).string(one.instanceId ?? null))
    },
    read(from) {
      from.throttle()
      const error = from.int16()
      const members = from.array(() => {
        from.string()
        from.nullableString()
        return from.int16()
      })
      return error === 0 ? (members.find(one => one !== 0) ?? 0) : error
    },
  }
}

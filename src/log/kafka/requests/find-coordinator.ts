import type { Request } from '../wire/request.js'

export interface Coordinator {
  readonly error: number
  readonly node: number
  readonly host: string
  readonly port: number
}

/** Groups and transactional ids have a coordinator each: a broker chosen by a hash of the name. */
export type CoordinatorKind = 'group' | 'transaction'

/**
 * FindCoordinator v2.
 *
 *   request  => key: string, key_type: int8 (0 group, 1 transaction)
 *   response => throttle_time_ms: int32, error_code: int16, error_message: nullable string, node_id: int32, host: string,
 *               port: int32
 */
export function findCoordinatorRequest(kind: CoordinatorKind, name: string): Request<Coordinator> {
  return {
    name: 'FindCoordinator',
    key: 10,
    version: 2,
    write(to) {
      to.string(name).int8(kind === 'group' ? 0 : 1)
    },
    read(from) {
      from.throttle()
      const error = from.int16()
      from.nullableString()
      return { error, node: from.int32(), host: from.string(), port: from.int32() }
    },
  }
}

import type { GroupClaim } from '../../log.js'
import type { KafkaSettings } from '../options.js'

/** What the thread of the heartbeats is started with. */
export interface HeartbeatWorkerData {
  readonly settings: Omit<KafkaSettings, 'onError'>
  readonly group: string
  /** An Int32Array of one counter, which grows while the owner's event loop turns. */
  readonly progress: SharedArrayBuffer
}

export type ToHeartbeatWorker =
  | { readonly kind: 'start'; readonly claim: GroupClaim }
  /** The cluster has moved, or grown: `host:port` of every broker. */
  | { readonly kind: 'brokers'; readonly brokers: readonly string[] }
  | { readonly kind: 'stop' | 'close' }

export type FromHeartbeatWorker =
  | { readonly kind: 'code'; readonly claim: GroupClaim; readonly error: number }
  | { readonly kind: 'report'; readonly what: string }

import type { TopicInfo } from '../log/log.js'

/** How far a copy of a partition has come: stored beside the copy, and written with it. */
export interface StoredPosition {
  readonly offset: number
  /** A topic that was deleted and made again has another id. */
  readonly topicId: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Kafka's default for `delete.retention.ms`: tombstones older than that may be gone. */
const defaultDeleteRetention = 86_400_000

/**
 * Whether a copy can go on from where it is. It cannot when the topic was made anew, or when the copy is so old that
 * tombstones it never saw may have been compacted away.
 *
 * @param hasAll whether it has seen everything: then, however old it is, it has missed nothing
 */
export function mayGoOn(
  { offset, topicId, at }: StoredPosition,
  info: TopicInfo,
  [start, end]: readonly [start: number, end: number],
  hasAll: boolean,
  now: number,
): boolean {
  const retention = Number(info.config['delete.retention.ms'] ?? defaultDeleteRetention)
  // Written at a time that is still to come, it is of unknown age: the clock was set back since.
  const fresh = hasAll || Math.abs(now - at) < retention / 2
  return topicId === info.id && offset >= start && offset <= end && fresh
}

import type { SluiceError } from '../errors.js'
import type { Log } from '../log/log.js'
import { outOfRangeAt } from '../log/out-of-range.js'
import { partitionId } from '../record.js'
import { isByPattern, type Plan } from './plan.js'
import type { TopicSizes } from './topic-sizes.js'

/** Whether it passes by going back to what is committed: fences, unknown outcomes, topics of a pattern that are gone. */
export function passes(error: SluiceError, plan: Plan): boolean {
  return error.code === 'FENCED' || error.code === 'COMMIT_UNKNOWN' || isGone(error, plan)
}

/** Whether one of a pattern's topics was deleted: the next plan is without it. */
export function isGone({ code, place }: SluiceError, plan: Plan): boolean {
  return code === 'UNKNOWN_TOPIC' && isByPattern(plan, place.topic)
}

/** Whether the records that are gone are those that another owner, of whom this one does not know yet, has worked on. */
export async function isReplaced(log: Log, group: string, error: SluiceError): Promise<boolean> {
  const asked = outOfRangeAt(error)
  if (asked === undefined) return false
  const { topic, partition, offset } = asked
  const at = await log.committed(group, [{ topic, partition }]).catch(() => undefined)
  return (at?.get(partitionId(topic, partition))?.offset ?? 0) > offset
}

/** Whether a topic takes smaller batches than those that it refuses: the next ones are as it takes them. */
export async function isLowered(sizes: TopicSizes, { code, place: { topic } }: SluiceError): Promise<boolean> {
  if (code !== 'RECORD_TOO_LARGE' || topic === undefined) return false
  return sizes.lowered(topic).catch(() => false)
}

/** Whether a topic that was chosen for a record is gone since: asked for again, it is as one that was never there. */
export function isForgotten(sizes: TopicSizes, { code, place: { topic } }: SluiceError): boolean {
  return code === 'UNKNOWN_TOPIC' && topic !== undefined && sizes.forget(topic)
}

import type { TopicPartition } from '../../../record.js'
import { codeName, isPassing, isStaleLeader } from '../codes.js'
import { refusal } from '../refusal.js'
import type { PartitionResult } from '../wire/partition-result.js'
import type { Request } from '../wire/request.js'
import type { Cluster } from './cluster.js'
import type { Leaders } from './leaders.js'
import { TryAgain } from './retry.js'

/**
 * Sends each leader the request for its partitions, and again for those that were refused for a passing reason. Answers the
 * results of all.
 *
 * @throws SluiceError UNKNOWN_TOPIC, BROKER, and what the broker's refusal means
 */
export async function eachLeader<P extends TopicPartition, R extends PartitionResult>(
  cluster: Cluster,
  leaders: Leaders,
  what: string,
  partitions: readonly P[],
  request: (partitions: readonly P[]) => Request<R[]>,
): Promise<R[]> {
  const done: R[] = []
  let left = partitions
  await cluster.retry(what, async () => {
    const groups = await leaders.group(left)
    left = []
    const failed: P[] = []
    let why: unknown
    await Promise.all(
      Array.from(groups, async ([node, group]) => {
        try {
          const results = await cluster.send(node, request(group))
          for (const result of results) {
            if (result.error === 0) done.push(result)
            else if (isStaleLeader(result.error) || isPassing(result.error)) {
              why = new TryAgain(`${codeName(result.error)} for partition ${result.partition} of ${result.topic}`)
              leaders.forget(result.topic)
              failed.push(...group.filter(one => one.topic === result.topic && one.partition === result.partition))
            } else throw refusal(result.error, what, { topic: result.topic, partition: result.partition })
          }
        } catch (error) {
          why = error
          for (const one of group) leaders.forget(one.topic)
          failed.push(...group.filter(one => !done.some(r => r.topic === one.topic && r.partition === one.partition)))
        }
      }),
    )
    left = Array.from(new Set(failed))
    if (left.length > 0) throw why
  })
  return done
}

import { selectKey } from '../src/operators/select-key.js'
import type { Fluent } from './fluent.js'
import type { RepartitionNode } from './nodes.js'
import { addRepartition } from './repartition.js'
import { choose, newKey } from './serdes.js'
import { addStep } from './steps.js'
import type { Callback, SerdeFor } from './types.js'

/** How a stream is spread over the partitions of an internal topic. */
export interface ShardOptions<K, V, K2> {
  /** The shard key: it becomes the key of the stream. */
  readonly by: Callback<K, V, K2>
  /** The number of partitions, fixed. Default: what a join needs, or that of the topics upstream. */
  readonly shards?: number
  /** How the new keys are written. Default: `string`. */
  readonly key?: SerdeFor<K2>
  /** How the values are written on their way. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<V>
  /** The name of the internal topic. */
  readonly as?: string
}

/** Adds a new key and the way through an internal topic with a fixed number of partitions. */
export function addShard(
  from: Fluent,
  options: ShardOptions<any, any, any>,
  line: string | undefined,
): RepartitionNode {
  const { by, shards, as } = options
  const key = choose(options.key, 'shard({ key })', newKey('shard'))
  const value = choose(options.value, 'shard({ value })', from['~node'].value)
  const operator = () => selectKey(by)
  const step = addStep(from, line, { type: 'shard', callback: by, operator, key, rekeys: true })
  return addRepartition(from['~graph'], step, 'shard', { key, value, as, partitions: shards }, line)
}

import { SluiceError, valueText } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { selectKey } from '../src/operators/select-key.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { Placement, RepartitionNode } from './nodes.js'
import { addRepartition } from './repartition.js'
import { choose, newKey } from './serdes.js'
import { addStep } from './steps.js'
import { checkName } from './topic.js'
import type { Callback, SerdeFor } from './types.js'

/** How a stream is spread over the partitions of an internal topic. */
export interface ShardOptions<K, V, K2> {
  /** The shard key: it becomes the key of the stream. */
  readonly by: Callback<K, V, K2>
  /**
   * The number of partitions, fixed when the topic is made. Default: what a join needs, or that of the topics upstream.
   */
  readonly shards?: number
  /**
   * Which shard a key belongs to, `0 ≤ shard < shards`; the same answer for the same key, always. Default: rendezvous hashing
   * of the key's bytes, which is even, and moves one key in `n` when an `n`th shard is added.
   */
  readonly place?: (key: K2, shards: number) => number
  /**
   * Failure zones: shard `s` is worked on by instances that were started with `{ zone: zones[s % zones.length] }`, or by any
   * other as long as there is none of those.
   */
  readonly zones?: readonly string[]
  /** How the new keys are written. Default: `string`. */
  readonly key?: SerdeFor<K2>
  /** How the values are written on their way. Default: as before, or the pipeline's default. */
  readonly value?: SerdeFor<V>
  /** The name of the internal topic. */
  readonly as?: string
}

const known: KnownOptions<ShardOptions<any, any, any>> = {
  by: true,
  shards: true,
  place: true,
  zones: true,
  key: true,
  value: true,
  as: true,
}

/** Adds a new key and the way through an internal topic with a fixed number of partitions. @throws SluiceError BAD_ARGUMENT */
export function addShard(
  from: Fluent,
  options: ShardOptions<any, any, any>,
  line: string | undefined,
): RepartitionNode {
  checkKnown('shard()', options, known, line)
  const { by, shards, as, place, zones } = options ?? ({} as Partial<ShardOptions<any, any, any>>)
  checkFunction(by, 'shard({ by })', line)
  if (place !== undefined) checkFunction(place, 'shard({ place })', line)
  if (zones !== undefined) checkZones(zones, line)
  const key = choose(options.key, 'shard({ key })', newKey('shard'))
  const value = choose(options.value, 'shard({ value })', from['~node'].value)
  const operator = () => selectKey(by)
  const step = addStep(from, line, { type: 'shard', callback: by, operator, key, rekeys: true })
  const placement: Placement = place ?? 'rendezvous'
  const where = { as, partitions: shards, placement, zones: zones && Object.freeze([...zones]) }
  return addRepartition(from['~graph'], step, 'shard', { key, value, ...where }, line)
}

function checkZones(zones: unknown, line: string | undefined): void {
  if (!Array.isArray(zones) || zones.length === 0 || new Set(zones).size < zones.length) {
    throw new SluiceError('BAD_ARGUMENT', `shard({ zones: ${valueText(zones)} }) names no zones, or one twice`, {
      place: { line },
      hint: "write each zone once: zones: ['eu-a', 'eu-b'], and start each instance with { zone: 'eu-a' } or its own",
    })
  }
  for (const zone of zones) checkName(zone as string, 'zone', line)
}

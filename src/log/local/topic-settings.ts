import { SluiceError } from '../../errors.js'
import type { TopicSpec } from '../log.js'

/** What a local log does with a topic's settings. Times are milliseconds; -1 stands for no limit, as in Kafka. */
export interface TopicSettings {
  readonly compact: boolean
  readonly delete: boolean
  readonly retentionMs: number
  readonly retentionBytes: number
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  /** The part of a partition's bytes that must be new since its last compaction for the next one to be worth it. */
  readonly minDirtyRatio: number
  /** `undefined`: the log's own limit. */
  readonly maxMessageBytes: number | undefined
}

const day = 86_400_000

/** Kafka's topic settings about segments, flushing and replicas: kept and shown, with nothing here to apply them to. */
const withoutEffect = new Set([
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.zstd.level',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'leader.replication.throttled.replicas',
  'max.compaction.lag.ms',
  'message.downconversion.enable',
  'message.format.version',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.difference.max.ms',
  'min.insync.replicas',
  'preallocate',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
])

/** Settings that stand for something else than what a local log does. */
const onlyValues: Readonly<Record<string, readonly string[]>> = {
  'compression.type': ['producer', 'uncompressed'],
  'message.timestamp.type': ['CreateTime'],
  'remote.storage.enable': ['false'],
}

/**
 * Reads and checks the settings of a new topic. Unlike a broker's, the default is to keep records for ever: old event
 * times must not delete what was written a minute ago.
 *
 * @throws SluiceError BAD_ARGUMENT, UNSUPPORTED
 */
export function topicSettings(spec: TopicSpec): TopicSettings {
  const config = spec.config ?? {}
  for (const [name, value] of Object.entries(config)) {
    const allowed = Object.hasOwn(onlyValues, name) ? onlyValues[name] : undefined
    if (allowed !== undefined && !allowed.includes(value)) {
      throw new SluiceError('UNSUPPORTED', `${name}=${value}: a local log only does ${allowed.join(' or ')}`, {
        place: { topic: spec.name },
        hint: 'leave the setting out, or run on Kafka',
      })
    }
    if (allowed === undefined && !withoutEffect.has(name) && !applied.has(name)) {
      throw new SluiceError('BAD_ARGUMENT', `${name} is not a topic setting`, {
        place: { topic: spec.name },
        hint: `known here: ${[...applied].join(', ')}, and those of Kafka that are about segments and replicas`,
      })
    }
  }
  const policy = policies(spec)
  const number = (name: string, otherwise: number): number => numberOf(spec, name, otherwise)
  return {
    compact: policy.includes('compact'),
    delete: policy.includes('delete'),
    retentionMs: number('retention.ms', -1),
    retentionBytes: number('retention.bytes', -1),
    deleteRetentionMs: number('delete.retention.ms', day),
    minCompactionLagMs: number('min.compaction.lag.ms', 0),
    minDirtyRatio: number('min.cleanable.dirty.ratio', 0.5),
    maxMessageBytes: config['max.message.bytes'] === undefined ? undefined : number('max.message.bytes', 0),
  }
}

const applied = new Set([
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'delete.retention.ms',
  'min.compaction.lag.ms',
  'min.cleanable.dirty.ratio',
  'max.message.bytes',
])

function policies(spec: TopicSpec): string[] {
  const policy = (spec.config?.['cleanup.policy'] ?? 'delete').split(',').map(part => part.trim())
  if (policy.every(part => part === 'delete' || part === 'compact')) return policy
  throw new SluiceError('BAD_ARGUMENT', `cleanup.policy "${policy.join(',')}" is not a policy`, {
    place: { topic: spec.name },
    hint: 'write delete, compact, or compact,delete',
  })
}

function numberOf(spec: TopicSpec, name: string, otherwise: number): number {
  const text = spec.config?.[name]
  if (text === undefined) return otherwise
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= -1) return value
  throw new SluiceError('BAD_ARGUMENT', `${name} "${text}" is not a number ≥ -1`, {
    place: { topic: spec.name },
    hint: 'write a number as text; -1 for no limit',
  })
}

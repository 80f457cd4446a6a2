import { systemClock, type Clock } from '../../time.js'
import { checkKnown, type KnownOptions } from '../../known-options.js'
import { LocalLog, checkBatchLimit, defaultMaxBatchBytes } from '../local/local-log.js'
import type { LogConfig } from '../log.js'

/** What a log in memory takes, and what it makes by itself. */
export interface MemoryLogOptions {
  /** Where time comes from; tests replace it. */
  readonly clock?: Clock
  /** The largest record batch, in bytes; Kafka's default where it is left out. */
  readonly maxBatchBytes?: number
  /** Topics that are asked for and not there are made with so many partitions (Kafka's `auto.create.topics.enable`). */
  readonly autoCreate?: number
}

const known: KnownOptions<MemoryLogOptions> = { clock: true, maxBatchBytes: true, autoCreate: true }

/**
 * A log that lives as long as the process. It holds no state, so that a pipeline on it keeps changelogs as on Kafka.
 * Retention and compaction run when `maintain()` is called.
 *
 * @throws SluiceError BAD_ARGUMENT
 */
export function memoryLog(options: MemoryLogOptions = {}): LocalLog {
  return new LocalLog({
    kind: 'memory',
    clock: options.clock ?? systemClock,
    maxBatchBytes: checkBatchLimit(options.maxBatchBytes ?? defaultMaxBatchBytes),
    maintenanceInterval: undefined,
    recentBytes: Infinity,
    storage: undefined,
    autoCreate: options.autoCreate,
  })
}

/**
 * A memory log for `start({ log })`; each `open` makes a new, empty one.
 *
 * @throws SluiceError BAD_ARGUMENT
 * @example
 * const app = await tracker.start({ log: memory({ autoCreate: 4 }) })
 */
export function memory(options: MemoryLogOptions = {}): LogConfig {
  checkKnown('memory()', options, known)
  return { kind: 'memory', open: async () => memoryLog(options) }
}

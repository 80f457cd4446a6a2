import { SluiceError, valueText } from '../../errors.js'
import { checkKnown, flag, type KnownOptions } from '../../known-options.js'
import { milliseconds, systemClock, type Clock, type Duration } from '../../time.js'
import type { LevelDb } from '../../store/level-store.js'
import { readMarker, writeMarker } from '../../store/marker.js'
import { foreign, openLevel, type LevelOptions } from '../../store/open-level.js'
import { LocalLog, checkBatchLimit, defaultMaxBatchBytes } from '../local/local-log.js'
import type { LogConfig } from '../log.js'
import { asDamaged, damaged } from './damaged.js'
import { markerKey } from './keys.js'
import { LevelStorage } from './level-storage.js'

/** How safely records are kept, and how much memory and disk that may take. */
export interface EmbeddedOptions {
  /** Waits for the disk (fsync) at every commit. Without it a commit survives the process, but not a power cut. */
  readonly durable?: boolean
  /** Where time comes from; tests replace it. */
  readonly clock?: Clock
  /** The largest record batch, in bytes; Kafka's default where it is left out. */
  readonly maxBatchBytes?: number
  /** Bytes of recent batches that are held in memory, so that reading at the end needs no disk. 32 MiB. */
  readonly recentBytes?: number
  /** Bytes of disk blocks, mostly of state, that LevelDB keeps in memory. 32 MiB. */
  readonly cacheBytes?: number
  /** Bytes of writes that LevelDB gathers in memory, up to twice, before it makes a table. 16 MiB. */
  readonly writeBufferBytes?: number
  /** Between two runs of retention and compaction. One minute. */
  readonly maintenanceInterval?: Duration
}

const known: KnownOptions<EmbeddedOptions> = {
  durable: flag,
  clock: true,
  maxBatchBytes: true,
  recentBytes: true,
  cacheBytes: true,
  writeBufferBytes: true,
  maintenanceInterval: true,
}

const mebibyte = 1024 * 1024
const what = 'the log'
/** The version of the layout in `keys.ts`. */
const format = 2

/**
 * A log in a directory, without a broker: records, positions and state in one LevelDB, so that a commit is one atomic
 * write. Cheap to call; nothing is opened before `start`. One process at a time may have it open.
 *
 * `open` throws STATE_LOCKED, STATE_FOREIGN, STATE_DAMAGED and STATE_WRITE, each naming the directory.
 *
 * @throws SluiceError BAD_ARGUMENT, BAD_DURATION
 * @example
 * const app = await tracker.start({ log: embedded('./data') })
 */
export function embedded(dir: string, options: EmbeddedOptions = {}): LogConfig {
  if (typeof dir !== 'string' || dir === '') {
    throw new SluiceError('BAD_ARGUMENT', `embedded() needs the path of a directory, not ${valueText(dir)}`, {
      hint: "write embedded('./data'); of a file: URL fileURLToPath makes a path",
    })
  }
  checkKnown('embedded()', options, known)
  const maxBatchBytes = checkBatchLimit(options.maxBatchBytes ?? defaultMaxBatchBytes)
  const maintenanceInterval = milliseconds(options.maintenanceInterval ?? '1m', 'embedded({ maintenanceInterval })')
  return {
    kind: 'embedded',
    async open() {
      const db = await openDatabase(dir, {
        cacheSize: options.cacheBytes ?? 32 * mebibyte,
        writeBufferSize: options.writeBufferBytes ?? 16 * mebibyte,
      })
      try {
        const log = new LocalLog({
          kind: 'embedded',
          clock: options.clock ?? systemClock,
          maxBatchBytes,
          maintenanceInterval,
          recentBytes: options.recentBytes ?? 32 * mebibyte,
          storage: new LevelStorage(db, { durable: options.durable === true }),
        })
        await log.load()
        return log
      } catch (thrown) {
        await db.close()
        throw thrown
      }
    },
  }
}

async function openDatabase(dir: string, options: LevelOptions): Promise<LevelDb> {
  try {
    const db = await openLevel(dir, what, options)
    await claim(db, dir).catch(async (thrown: unknown) => {
      await db.close()
      throw thrown
    })
    return db
  } catch (thrown) {
    throw thrown instanceof SluiceError && thrown.code === 'STATE_DAMAGED' ? asDamaged(dir, thrown) : thrown
  }
}

/** Checks that the database is a log of a format that is known here; marks it where it is new. */
async function claim(db: LevelDb, dir: string): Promise<void> {
  const bytes = await readMarker(db, markerKey, dir, what)
  if (bytes === undefined) return writeMarker(db, markerKey, dir, what, { sluice: 'log', format })
  const marker = parsed(bytes)
  if (marker === undefined) throw damaged(dir, 'its marker cannot be read')
  if (marker.sluice !== 'log') throw foreign(dir, what, `it holds ${JSON.stringify(marker.sluice)} of a pipeline`)
  if (marker.format !== format) {
    throw foreign(dir, what, `its format is ${String(marker.format)}, and this version of Sluice knows ${format}`)
  }
}

function parsed(bytes: Buffer): { sluice?: unknown; format?: unknown } | undefined {
  try {
    return (JSON.parse(bytes.toString()) as { sluice?: unknown; format?: unknown } | null) ?? undefined
  } catch {
    return undefined
  }
}

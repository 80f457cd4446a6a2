import { SluiceError, valueText } from '../errors.js'
import { checkKnown, type KnownOptions } from '../known-options.js'

/** How a test begins. */
export interface DriverOptions {
  /** Where the wall clock begins, in milliseconds since the epoch. Default 0. */
  readonly now?: number
  /** Partitions of every topic. Default 1, as in Kafka Streams' `TopologyTestDriver`. */
  readonly partitions?: number
  /**
   * Restarts the pipeline after every so many records that were sent, its stores restored from their changelogs: what comes
   * out must be the same. Default: the environment's `SLUICE_TEST_RESTART`, with which a whole suite can be run so; else
   * never. `false`: never, whatever the environment says, for what lies only in memory.
   */
  readonly restartEvery?: number | false
  /**
   * Topics that are there from the start, beside those that the pipeline names. What a pattern is to find comes with its first
   * record otherwise.
   */
  readonly topics?: readonly string[]
}

const known: KnownOptions<DriverOptions> = { now: true, partitions: true, restartEvery: true, topics: true }

/** How it begins where options are left out. */
export interface Beginning {
  readonly now: number
  readonly partitions: number
  readonly topics: readonly string[]
  readonly restartEvery: number | undefined
}

/** @throws SluiceError BAD_ARGUMENT */
export function checkedOptions(options: DriverOptions): Beginning {
  checkKnown('testDriver()', options, known)
  const { now = 0, partitions = 1, topics = [] } = options
  if (!Number.isSafeInteger(now) || now < 0) {
    throw new SluiceError('BAD_ARGUMENT', `testDriver({ now: ${valueText(now)} })`, {
      hint: 'give the milliseconds since the epoch at which the wall clock begins, a whole number not below 0',
    })
  }
  if (!Array.isArray(topics) || !topics.every(name => typeof name === 'string')) {
    throw new SluiceError('BAD_ARGUMENT', `testDriver({ topics: ${valueText(topics)} })`, {
      hint: "give a list of names: topics: ['orders']",
    })
  }
  return { now, partitions, topics, restartEvery: restartsOf(options) }
}

function restartsOf({ restartEvery }: DriverOptions): number | undefined {
  if (restartEvery === false) return undefined
  if (restartEvery !== undefined) return checkedEvery(restartEvery, `restartEvery: ${String(restartEvery)}`)
  const text = process.env['SLUICE_TEST_RESTART']
  return text === undefined || text === '' ? undefined : checkedEvery(Number(text), `SLUICE_TEST_RESTART=${text}`)
}

function checkedEvery(every: number, given: string): number {
  if (Number.isSafeInteger(every) && every > 0) return every
  throw new SluiceError('BAD_ARGUMENT', given, {
    hint: 'give a whole number above 0: after how many records the driver restarts the pipeline',
  })
}

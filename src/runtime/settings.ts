import { SluiceError, valueText } from '../errors.js'
import { checkKnown, type KnownOptions } from '../known-options.js'
import type { Log } from '../log/log.js'
import { milliseconds, systemClock } from '../time.js'
import type { Settings, StartOptions } from './options.js'

const known: KnownOptions<StartOptions> = {
  log: true,
  guarantee: ['exactly-once', 'at-least-once'],
  threads: true,
  zone: true,
  standbys: true,
  commitInterval: true,
  stateDir: true,
  cacheBytes: true,
  maxUncommittedBytes: true,
  maxPartitionBytes: true,
  maxInputBytes: true,
  topicRefresh: true,
  outageTimeout: true,
  closeTimeout: true,
  signal: true,
  onError: true,
  onRestore: true,
  clock: true,
}

/** Checks what a user gave to `start` and fills in the defaults. @throws SluiceError BAD_ARGUMENT */
export function settings(options: StartOptions): Settings {
  if (!hasLog(options)) {
    throw new SluiceError('BAD_ARGUMENT', 'start() needs a log', {
      hint: "write start({ log: embedded('./data') }) or start({ log: kafka({ brokers: ['host:9092'] }) })",
    })
  }
  checkKnown('start()', options, known)
  checkKinds(options)
  return {
    guarantee: options.guarantee ?? 'exactly-once',
    threads: threadsOf(options.threads ?? 1),
    zone: options.zone,
    standbys: standbysOf(options.standbys ?? 0, options.log.kind),
    commitInterval: milliseconds(options.commitInterval ?? 100, 'start({ commitInterval })'),
    stateDir: options.stateDir ?? './sluice-state',
    cacheBytes: bytes('cacheBytes', options.cacheBytes, 64 << 20),
    maxUncommittedBytes: bytes('maxUncommittedBytes', options.maxUncommittedBytes, 32 << 20),
    maxPartitionBytes: bytes('maxPartitionBytes', options.maxPartitionBytes, 1 << 20),
    maxInputBytes: bytes('maxInputBytes', options.maxInputBytes, 32 << 20),
    topicRefresh: milliseconds(options.topicRefresh ?? '30s', 'start({ topicRefresh })'),
    outageTimeout: milliseconds(options.outageTimeout ?? '5m', 'start({ outageTimeout })'),
    closeTimeout: milliseconds(options.closeTimeout ?? '30s', 'start({ closeTimeout })'),
    clock: options.clock ?? systemClock,
    onRestore: options.onRestore ?? (() => {}),
  }
}

/**
 * A worker that is busy for so long would never commit: each of its transactions would be aborted before.
 *
 * @throws SluiceError BAD_ARGUMENT
 */
export function refuseLateCommits({ transactionTimeout = Infinity }: Log, settings: Settings): void {
  const { guarantee, commitInterval } = settings
  if (guarantee !== 'exactly-once' || commitInterval < transactionTimeout) return
  throw new SluiceError(
    'BAD_ARGUMENT',
    `a commitInterval of ${commitInterval} ms is not below the transactionTimeout of ${transactionTimeout} ms`,
    { hint: 'commit more often, or raise transactionTimeout of kafka()' },
  )
}

/** Whether it is what `embedded`, `kafka` and `memory` make, or a log that one of them has opened. */
function hasLog(options: Partial<StartOptions> | undefined): boolean {
  const log = options?.log
  return typeof log === 'object' && log !== null && ('open' in log || 'topics' in log)
}

/** What nobody else looks at before the pipeline runs. */
function checkKinds({ stateDir, signal, onError, onRestore }: StartOptions): void {
  if (stateDir !== undefined && (typeof stateDir !== 'string' || stateDir === '')) {
    throw wrongKind('stateDir', 'the path of a directory', stateDir)
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw wrongKind('signal', 'an AbortSignal', signal)
  }
  for (const [name, call] of Object.entries({ onError, onRestore })) {
    if (call !== undefined && typeof call !== 'function') throw wrongKind(name, 'a function', call)
  }
}

function wrongKind(name: string, kind: string, given: unknown): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `${name} is ${kind}, not ${valueText(given)}`, {
    hint: `give ${kind}, or leave ${name} out`,
  })
}

function threadsOf(threads: number): number {
  if (Number.isInteger(threads) && threads > 0) return threads
  throw new SluiceError('BAD_ARGUMENT', `threads is a whole number of at least 1, not ${String(threads)}`, {
    hint: 'leave it out for one: the thread that calls start()',
  })
}

function standbysOf(standbys: number, kind: Log['kind']): number {
  if (!Number.isInteger(standbys) || standbys < 0) {
    throw new SluiceError('BAD_ARGUMENT', `standbys is a whole number of at least 0, not ${String(standbys)}`, {
      hint: 'leave it out for none: a task that moves reads its state from its changelog',
    })
  }
  if (standbys === 0 || kind !== 'embedded') return standbys
  throw new SluiceError('UNSUPPORTED', 'the embedded log has one owner, so no other instance can keep standbys', {
    hint: 'leave out standbys, or use kafka({ brokers })',
  })
}

function bytes(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (Number.isInteger(value) && value >= 0) return value
  throw new SluiceError('BAD_ARGUMENT', `${name} is a whole number of bytes ≥ 0, not ${String(value)}`, {
    hint: `leave it out for ${otherwise}`,
  })
}

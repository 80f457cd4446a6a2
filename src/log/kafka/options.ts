import type { KafkaConfig, logLevel } from 'kafkajs'
import { checkKnown, type KnownOptions } from '../../known-options.js'
import { SluiceError, errorText, valueText } from '../../errors.js'
import { milliseconds, type Duration } from '../../time.js'
import type { BackoffOptions } from './connection/backoff.js'

/** How to reach Kafka, and the limits of the client. Durations are milliseconds or texts such as `'10s'`. */
export interface KafkaOptions {
  /** `host:port` of some brokers; the others are learnt from them. A function is asked once, at the start. */
  readonly brokers: KafkaConfig['brokers']
  /** What the brokers' logs and quotas call this client; `sluice` by default. */
  readonly clientId?: string
  /** TLS: `true`, or Node's `tls.connect` options. */
  readonly ssl?: KafkaConfig['ssl']
  /** As kafkajs takes it: `{ mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', username, password }`, AWS, OAuth. */
  readonly sasl?: KafkaConfig['sasl']
  /** Until a connection is open; 5 s. */
  readonly connectionTimeout?: Duration
  /** Until a sign-in is answered; 10 s. */
  readonly authenticationTimeout?: Duration
  /** How long before the end of a session it signs in again; 10 s, at most a quarter of the session. */
  readonly reauthenticationThreshold?: Duration
  /** Until the answer to one request; 30 s. */
  readonly requestTimeout?: Duration
  /** Waits between attempts: 100 ms at first, at most 1 s. `retries`: failed fetches in a row of a partition until reading gives up; without end by default. */
  readonly retry?: { readonly initialRetryTime?: number; readonly maxRetryTime?: number; readonly retries?: number }
  /** kafkajs's own log; nothing by default, since failures are reported through `onError`. */
  readonly logLevel?: KafkaConfig['logLevel']
  /** Where kafkajs's log goes; its own by default. */
  readonly logCreator?: KafkaConfig['logCreator']
  /** Makes the sockets, as kafkajs takes it. */
  readonly socketFactory?: KafkaConfig['socketFactory']

  /** Until a first broker must have answered, and one at the address that it gives; 15 s. */
  readonly startTimeout?: Duration
  /** Until a request that is repeated is given up: topics, offsets, joins; 60 s. */
  readonly apiTimeout?: Duration
  /** Until a batch must be written, or the outcome of a commit be known; 120 s. */
  readonly deliveryTimeout?: Duration
  /** Until the broker aborts a transaction that its owner left open; 30 s. Others wait that long for the positions of a process that died in a commit. */
  readonly transactionTimeout?: Duration
  /** The largest batch that is written, in bytes; 1 MiB. The topic's `max.message.bytes` must allow it. */
  readonly maxBatchBytes?: number

  /** How long a fetch waits at the broker for new records; 500 ms. */
  readonly fetchMaxWait?: Duration
  /** Bytes that a fetch waits for; 1. */
  readonly fetchMinBytes?: number

  /** Until a member that is not heard of is out; 45 s. */
  readonly sessionTimeout?: Duration
  /** Between heartbeats; 3 s, at most a third of the session timeout. */
  readonly heartbeatInterval?: Duration
  /** How long the group waits for its members to come to a new join; 60 s. */
  readonly rebalanceTimeout?: Duration
  /** When the event loop has been blocked for so long, the member leaves the group and its tasks go to others; 5 min. */
  readonly maxPollInterval?: Duration

  /** Told of failures that are tried again, such as a broker that is down. Where it fails itself, that is a warning of the process. */
  readonly onError?: (error: SluiceError) => unknown
}

const known: KnownOptions<KafkaOptions> = {
  brokers: true,
  clientId: true,
  ssl: true,
  sasl: true,
  connectionTimeout: true,
  authenticationTimeout: true,
  reauthenticationThreshold: true,
  requestTimeout: true,
  retry: true,
  logLevel: true,
  logCreator: true,
  socketFactory: true,
  startTimeout: true,
  apiTimeout: true,
  deliveryTimeout: true,
  transactionTimeout: true,
  maxBatchBytes: true,
  fetchMaxWait: true,
  fetchMinBytes: true,
  sessionTimeout: true,
  heartbeatInterval: true,
  rebalanceTimeout: true,
  maxPollInterval: true,
  onError: true,
}
const knownRetry: KnownOptions<NonNullable<KafkaOptions['retry']>> = {
  initialRetryTime: true,
  maxRetryTime: true,
  retries: true,
}

/** The options with every default filled in; milliseconds. */
export interface KafkaSettings {
  readonly client: KafkaConfig
  readonly backoff: BackoffOptions
  readonly fetchRetries: number
  readonly startTimeout: number
  readonly apiTimeout: number
  readonly deliveryTimeout: number
  readonly transactionTimeout: number
  readonly maxBatchBytes: number
  readonly fetchMaxWait: number
  readonly fetchMinBytes: number
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  readonly rebalanceTimeout: number
  readonly maxPollInterval: number
  readonly onError: (error: SluiceError) => void
}

/** @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function settingsOf(options: KafkaOptions): KafkaSettings {
  const brokers: unknown = (options as KafkaOptions | undefined | null)?.brokers
  if (typeof brokers !== 'function' && !(Array.isArray(brokers) && brokers.length > 0)) {
    throw new SluiceError('BAD_ARGUMENT', 'kafka() needs the addresses of brokers', {
      hint: "write kafka({ brokers: ['localhost:9092'] })",
    })
  }
  checkKnown('kafka()', options, known)
  checkKnown('kafka({ retry })', options.retry, knownRetry)
  const time = (name: TimeOption, normal: number): number => milliseconds(options[name] ?? normal, `kafka({ ${name} })`)
  const sessionTimeout = time('sessionTimeout', 45_000)
  return {
    client: clientConfig(options, time),
    backoff: {
      initialRetryTime: positive('retry.initialRetryTime', options.retry?.initialRetryTime ?? 100),
      maxRetryTime: positive('retry.maxRetryTime', options.retry?.maxRetryTime ?? 1000),
    },
    fetchRetries: options.retry?.retries ?? Infinity,
    startTimeout: time('startTimeout', 15_000),
    apiTimeout: time('apiTimeout', 60_000),
    deliveryTimeout: time('deliveryTimeout', 120_000),
    transactionTimeout: time('transactionTimeout', 30_000),
    maxBatchBytes: positive('maxBatchBytes', options.maxBatchBytes ?? 1024 * 1024),
    fetchMaxWait: time('fetchMaxWait', 500),
    fetchMinBytes: positive('fetchMinBytes', options.fetchMinBytes ?? 1),
    sessionTimeout,
    heartbeatInterval: Math.min(time('heartbeatInterval', 3000), Math.floor(sessionTimeout / 3)),
    rebalanceTimeout: time('rebalanceTimeout', 60_000),
    maxPollInterval: time('maxPollInterval', 300_000),
    onError: guarded(listener(options.onError)),
  }
}

/** @throws SluiceError BAD_ARGUMENT for what cannot be called: nobody would hear of what it is for */
function listener(onError: KafkaOptions['onError']): KafkaOptions['onError'] {
  if (onError === undefined || typeof onError === 'function') return onError
  throw new SluiceError('BAD_ARGUMENT', `kafka({ onError }) is a function, not ${valueText(onError)}`, {
    hint: 'give a function that is told of each failure: onError: error => console.warn(error.message)',
  })
}

/** A listener whose own failure is a warning of the process: what it is told of is tried again all the same. */
export function guarded(onError: KafkaOptions['onError'] = () => {}): (error: SluiceError) => void {
  const call = async (error: SluiceError): Promise<void> => {
    try {
      await onError(error)
    } catch (thrown) {
      process.emitWarning(`kafka({ onError }) failed: ${errorText(thrown)}`)
    }
  }
  return error => void call(error)
}

/** kafkajs's own, told without loading it. */
const silent: logLevel.NOTHING = 0

type TimeOption = {
  [N in keyof KafkaOptions]-?: Exclude<KafkaOptions[N], undefined> extends Duration
    ? Duration extends Exclude<KafkaOptions[N], undefined>
      ? N
      : never
    : never
}[keyof KafkaOptions]

function clientConfig(options: KafkaOptions, time: (name: TimeOption, normal: number) => number): KafkaConfig {
  const { brokers, ssl, sasl, logCreator, socketFactory } = options
  return {
    brokers,
    clientId: options.clientId ?? 'sluice',
    connectionTimeout: time('connectionTimeout', 5000),
    authenticationTimeout: time('authenticationTimeout', 10_000),
    reauthenticationThreshold: time('reauthenticationThreshold', 10_000),
    requestTimeout: time('requestTimeout', 30_000),
    logLevel: options.logLevel ?? silent,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    ...(logCreator === undefined ? {} : { logCreator }),
    ...(socketFactory === undefined ? {} : { socketFactory }),
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new SluiceError('BAD_ARGUMENT', `${name} is ${value}: it must be a number above 0`, {
    hint: 'give milliseconds, or leave it out',
  })
}

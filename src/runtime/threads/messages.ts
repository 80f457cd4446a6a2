import type { StateRange } from '../../store/state-db.js'
import type { Figures, RestoreProgress, Settings } from '../options.js'
import type { SentError } from './sent-error.js'

/** What a thread is started with. */
export interface ThreadData {
  /** Tells our threads from those of others. */
  readonly sluice: 'thread'
  readonly slot: number
  /** `file:` URL of the module whose default export is the pipeline. */
  readonly module: string
  readonly fingerprint: string
  /** Id of the instance, whose lock the parent holds. */
  readonly instance: string
  readonly startedAt: number
  /** The options of `kafka()`, without `onError`. */
  readonly log: unknown
  readonly settings: Omit<Settings, 'clock' | 'onRestore'>
}

/** One partition of a store; without a partition, a global table. */
export interface StoreAddress {
  readonly store: string
  readonly partition: number | undefined
}

export type Entry = readonly [key: Uint8Array, value: Uint8Array]

/** Questions to a thread; each gets one answer. */
export type Question =
  | { readonly ask: 'caught-up' }
  /** Figures follow before the answer. */
  | { readonly ask: 'settled' }
  | { readonly ask: 'get'; readonly of: StoreAddress; readonly key: Uint8Array }
  | { readonly ask: 'scan'; readonly of: StoreAddress; readonly range: StateRange }
  /** The next entries of a scan; none at its end. */
  | { readonly ask: 'more'; readonly scan: number }
  | { readonly ask: 'stop'; readonly scan: number }

export type ToThread =
  | { readonly kind: 'pause'; readonly paused: boolean }
  | { readonly kind: 'rejoin' }
  | { readonly kind: 'close' }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }

export type FromThread =
  | { readonly kind: 'figures'; readonly figures: Figures }
  | { readonly kind: 'committed'; readonly figures: Figures }
  | { readonly kind: 'global-written' }
  | { readonly kind: 'restore'; readonly progress: RestoreProgress }
  | { readonly kind: 'log-error'; readonly error: SentError }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: SentError }
  /** Nothing of the thread is open any more; with the error that stopped it. */
  | { readonly kind: 'ended'; readonly error: SentError | undefined }

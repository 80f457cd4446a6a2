import type { StateReader } from '../query/store-reader.js'
import type { ManagedStore } from '../store/key-value.js'
import type { StoreSpec } from '../topology/spec.js'
import type { Figures } from './options.js'
import type { Plan } from './plan.js'

/** Who does the work of an instance: one worker in the calling thread, or several in threads of their own. */
export interface Crew extends Figures {
  /** The topics as they were seen last. */
  readonly plan: Plan
  /**
   * The committed bytes of a store, by partition: of the tasks at work.
   *
   * @throws SluiceError NOT_RUNNING while they go back to what is committed
   */
  partitions(store: StoreSpec): ReadonlyMap<number, StateReader>
  /** The committed rows of a global table; `undefined` until it is open. */
  global(table: string): StateReader | undefined
  /** The stores and global tables of that name, uncommitted changes included; none where other threads have them. */
  liveStores(name: string): readonly ManagedStore[]
  /** Resolves when the plan is that of the topics now, and the global tables have taken in all that is readable now. */
  caughtUp(): Promise<void>
  /** Resolves when what the log takes for committed is in the state and the figures too, and readable by everybody. */
  settled(): Promise<void>
  /** Resolves when there is nothing to do before records come or time passes: for the test driver, which has one worker. */
  idle?(): Promise<void>
  pause(paused: boolean): void
  /** Asks for a new distribution of tasks: the topics have changed. */
  rejoin(): void
  close(): void
  /** Works until `close`, or until an error stops it; then nothing of it is left open. */
  run(): Promise<void>
}

/** What a crew tells. */
export interface CrewEvents {
  /** Something that shows in the status has changed. */
  readonly onChange: () => void
  /** A commit has taken place. */
  readonly onCommitted: () => void
  /** A global table has taken records in. */
  readonly onGlobalWritten: () => void
}

export interface JobConfig {
  readonly app: string
  readonly brokers: string[]
  readonly stateDir: string
  readonly threads: number
  /** None where it is left out. */
  readonly standbys?: number
  /** Milliseconds after which others take over from one that is dead. 45 s where it is left out, and 30 s for its transaction. */
  readonly deadAfter?: number
}

export type JobLine =
  | {
      readonly event: 'status'
      readonly state: string
      readonly tasks: readonly string[]
      readonly standbys: readonly { readonly task: string; readonly lag?: number }[]
      readonly commits: number
    }
  /** A store of a task that is to begin is up to date: so many changes were read for it. */
  | { readonly event: 'restored'; readonly changes: number }
  | { readonly event: 'drained' }

export interface JobConfig {
  readonly app: string
  readonly brokers: string[]
  readonly stateDir: string
  readonly threads: number
}

export type JobLine =
  | { readonly event: 'status'; readonly state: string; readonly tasks: readonly string[]; readonly commits: number }
  | { readonly event: 'drained' }

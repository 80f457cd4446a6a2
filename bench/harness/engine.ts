import type { Cluster } from './cluster.js'
import type { Output } from './check.js'
import type { Command } from './process.js'
import type { Sample } from './samples.js'
import type { Workload } from './workload.js'

/** One run of one engine: what it reads, and where it may write. Everything but the input is fresh. */
export interface Round {
  readonly workload: Workload
  /** Records of all inputs together, and how many of them come first and are not timed. */
  readonly records: number
  readonly warmUp: number
  /** The application id, which is the consumer group's name. */
  readonly application: string
  /** For state; removed after the round. */
  readonly directory: string
  readonly limitMs: number
}

/** Where a program works on Kafka, and with which settings. */
export interface Place {
  readonly workload: Workload
  readonly cluster: Cluster
  readonly application: string
  readonly directory: string
  /** In the order of the workload's. */
  readonly inputs: readonly string[]
  readonly output: string
}

export type KafkaRound = Round & Place

/** What was measured in one round. Seconds, bytes; NaN where the system does not tell. */
export interface Measured {
  /** Input records per second, committed, after the warm-up. */
  readonly rate: number
  /** The same from the first commit on, warm-up included. */
  readonly wholeRate: number
  /** From the start of the process to the first commit seen. */
  readonly startSeconds: number
  /** CPU seconds of the engine's process for a million records after the warm-up. */
  readonly cpuSecondsPerMillion: number
  /** The same of the brokers; NaN where there are none, or others'. */
  readonly brokerCpuSecondsPerMillion: number
  /** Of the machine, engine and brokers together, after the warm-up. */
  readonly coresBusy: number
  readonly peakMiB: number
}

export interface Run {
  readonly samples: readonly Sample[]
  readonly startedAt: number
  /** CPU seconds after the warm-up, for a million records. */
  readonly cpuSecondsPerMillion: number
  readonly brokerCpuSecondsPerMillion: number
  readonly peakBytes: number
  output(): Promise<Output>
}

interface Contender {
  readonly name: string
  /** The part of the records that it gets, so that a slow engine does not take most of the time. */
  readonly share: number
  /** For the report: the settings that are not the defaults. */
  readonly settings: string
  /** Whether it has a program for the workload; where it is left out, for each. */
  does?(workload: Workload): boolean
  /** Why it cannot be run here; undefined if it can. */
  missing?(): Promise<string | undefined>
}

/** Its log is Kafka: the harness writes the input there, and looks at what it commits. */
export interface KafkaEngine extends Contender {
  readonly onKafka: true
  /** The command that starts its program. */
  command(place: Place): Promise<Command>
}

/** It gets its records from the workload, and tells itself what it has committed. */
export interface OwnEngine extends Contender {
  readonly onKafka: false
  run(round: Round): Promise<Run>
  /** What can be done once for all rounds. */
  prepare(workload: Workload, records: number): Promise<void>
  /** Removes what `prepare` made. */
  close(): Promise<void>
}

export type Engine = KafkaEngine | OwnEngine

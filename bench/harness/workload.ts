/** A record of an input, as the generator of a workload makes it. */
export interface InputRecord {
  readonly key: string | null
  readonly value: string | Buffer
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** The records of a topic, from a seed. Workloads share them: a topic is written once in a run. */
export interface Dataset {
  readonly name: string
  readonly partitions: number
  /** How many of a workload's records are in this topic. */
  count(records: number): number
  records(count: number): Iterable<InputRecord>
}

/**
 * What of an output must be right: every record (`all`, in any order), the last value of every key (`last`, where caches
 * decide how many updates are written), or the sum of the last values whose keys begin alike, up to an `@` (`sum`, where
 * windows follow the wall clock).
 */
export type Fold = 'all' | 'last' | 'sum'

/** A key and a value of an output, as text. */
export type Entry = readonly [key: string, value: string]

/** A job that every engine does in its own way; its data depends on nothing but the number of records. */
export interface Workload {
  readonly name: string
  /** One line for the report. */
  readonly title: string
  readonly inputs: readonly Dataset[]
  readonly partitions: number
  readonly commitIntervalMs: number
  readonly cacheBytes: number
  /** How the values of the output are written. */
  readonly output: 'int64' | 'text' | 'hex'
  readonly fold: Fold
  /** The programs that do it: `sluice/pipelines/<program>.ts`, `kafkajs/<program>.ts`. */
  readonly program: string
  /** What the program is told besides, such as how many operators it chains. */
  readonly parameters?: Readonly<Record<string, number>>
  /** Main class of the Kafka Streams program, in bench/kafka-streams, if there is one. */
  readonly kafkaStreams?: string
  /** More or fewer records than the run says, for a workload that needs them. */
  readonly scale?: number
  /** Reads what the first so many records are made of, where that is a file. To be awaited before all else. */
  prepare?(records: number): Promise<void>
  /** What the output must be, by a plain loop over the same records. */
  expected(records: number): Iterable<Entry>
}

/** What most workloads have in common. */
export const usual = {
  partitions: 4,
  commitIntervalMs: 100,
  cacheBytes: 10 * 1024 * 1024,
  output: 'text',
} as const

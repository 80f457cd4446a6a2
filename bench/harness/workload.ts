/** A record of an input, as the generator of a workload makes it. */
export interface InputRecord {
  readonly key: string
  readonly value: string | Buffer
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** A job that every engine does in its own way; its data depends on nothing but the number of records. */
export interface Workload {
  readonly name: string
  /** One line for the report. */
  readonly title: string
  readonly partitions: number
  readonly commitIntervalMs: number
  readonly cacheBytes: number
  /** How the values of the output are written. */
  readonly output: 'int64' | 'text'
  /** Main class of the Kafka Streams program, in bench/kafka-streams. */
  readonly kafkaStreams: string
  records(count: number): Iterable<InputRecord>
  /** The last value of every key of the output, by a plain loop over the same records. */
  expected(count: number): ReadonlyMap<string, string>
}

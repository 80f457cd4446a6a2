/** A value of the oracle's records: an integer, a text, or a tombstone. */
export type Value = number | string | null

/** A callback by name with its parameters, such as `['mod', 3, 1]`: test/oracle/java/Functions.java. */
export interface Fn extends ReadonlyArray<Value | Fn> {
  readonly 0: string
}

/** A node of a topology: who it is, what it does, whom it follows. The fields are those of test/oracle/README.md. */
export interface OracleNode {
  readonly id: string
  readonly op: string
  readonly of?: string
  readonly [field: string]: unknown
}

/** A record of an input topic, or a step of the wall clock in milliseconds. */
export type OracleInput =
  | readonly [topic: string, key: string | null, value: Value, timestamp: number, header?: string]
  | { readonly advance: number }

export interface Question {
  readonly topology: readonly OracleNode[]
  readonly records: readonly OracleInput[]
  /** Names of stores whose contents are asked for. */
  readonly stores?: readonly string[]
  /** Asks for the text of `Topology.describe()` too. */
  readonly describe?: boolean
  /** Runs on RocksDB, as applications do, and not in memory: slower by far. */
  readonly rocksdb?: boolean
}

export interface Answer {
  /** In order; `cause` is the index of the input that brought it about. A windowed key reads `key@start/end`. */
  readonly outputs: readonly (readonly [
    cause: number,
    topic: string,
    key: string | null,
    value: Value,
    timestamp: number,
    headers: string,
  ])[]
  /** By key, in the order of its text. The timestamp is left out where a store keeps none (sessions). */
  readonly stores: Readonly<Record<string, readonly (readonly [key: string, value: Value, timestamp?: number])[]>>
  readonly description?: string
  /** How many records operators dropped, too late or without a key; one that is late for two windows counts twice. Of Kafka Streams alone. */
  readonly dropped?: number
  /** The index of the record at which a full buffer stopped it; then the stores are left out. */
  readonly failed?: number
}

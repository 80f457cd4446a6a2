import type { WireReader } from './reader.js'
import type { Writer } from './writer.js'

/** One request in one version, with the way to read its answer. */
export interface Request<T> {
  readonly name: string
  readonly key: number
  readonly version: number
  /** KIP-482: compact types, and tagged fields after the headers of request and response. */
  readonly flexible?: boolean
  readonly write: (to: Writer) => void
  readonly read: (from: WireReader) => T
}

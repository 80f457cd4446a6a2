import { bytes } from '../../src/serde/bytes.js'
import type { StoreSpec } from '../../src/topology/spec.js'

/** A store for what operators have taken in and not finished. @param operators those that may write to it */
export function pendingStore(name: string, operators: readonly string[], line: string | undefined): StoreSpec {
  return {
    kind: 'pending',
    name,
    key: bytes,
    value: bytes,
    operators,
    cache: false,
    changelog: true,
    in: 'disk',
    line,
  }
}

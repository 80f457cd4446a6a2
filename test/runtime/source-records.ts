import { BatchBuilder } from '../../src/log/batch/builder.js'
import { readBatches, type RecordBatch } from '../../src/log/batch/batch.js'
import { RecordHeaders } from '../../src/record.js'
import { string } from '../../src/serde/index.js'
import type { SourceSpec } from '../../src/topology/spec.js'

/** A source of the topic `in`, with keys and values of text. */
export function source(more: Partial<SourceSpec> = {}): SourceSpec {
  return {
    kind: 'source',
    name: 'in',
    line: undefined,
    onFailure: { kind: 'stop' },
    topics: ['in'],
    key: string,
    value: string,
    timestamp: undefined,
    from: 'earliest',
    ...more,
  }
}

/** A batch as it lies in the log from an offset on: keys, values and timestamps. */
export function batch(
  baseOffset: number,
  records: readonly (readonly [string | null, string | null, number])[],
): RecordBatch {
  const builder = new BatchBuilder()
  for (const [key, value, timestamp] of records) {
    const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
    builder.append(timestamp, bytes(key), bytes(value), RecordHeaders.none)
  }
  const buffer = Buffer.from(builder.finish())
  buffer.writeBigInt64BE(BigInt(baseOffset), 0)
  return readBatches(buffer)[0]!
}

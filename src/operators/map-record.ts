import { SluiceError } from '../errors.js'
import { RecordHeaders, type HeadersInit, type StreamRecord } from '../record.js'
import { timeForm, wholeTime } from '../time.js'
import { plain } from './callback.js'
import type { CurrentRecord, Operator, Process } from './operator.js'
import { inOrder, type Wait } from './suspend.js'
import { withHeaders } from './with-headers.js'

/** What `mapRecord` answers for one record. What is left out of timestamp and headers stays as it came. */
export interface MappedRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Milliseconds since the epoch. */
  readonly timestamp?: number | undefined
  readonly headers?: HeadersInit | undefined
}

export type RecordMapper<K, V, K2, V2> = (
  record: StreamRecord<K, V>,
) => MappedRecord<K2, V2> | readonly MappedRecord<K2, V2>[]

/** Any number of records for one, each with its own key, value, timestamp and headers. */
export function mapRecord<K, V, K2, V2>(fn: RecordMapper<K, V, K2, V2>): Operator {
  return (next, context) => (key, value, timestamp) => {
    let mapped: readonly Ready[]
    try {
      const answer = plain(fn(context.record.view(key, value, timestamp)))
      mapped = (Array.isArray(answer) ? answer : [answer]).map(record => checked(record, timestamp))
    } catch (error) {
      return context.fail(error, key, value)
    }
    return inOrder(mapped, record => send(record, next, context.record))
  }
}

interface Ready {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly headers: RecordHeaders | undefined
}

function checked(record: MappedRecord<unknown, unknown> | null | undefined, timestamp: number): Ready {
  if (typeof record !== 'object' || record === null || record.key === undefined || record.value === undefined) {
    throw new SluiceError('CALLBACK', 'the function of mapRecord answered something without a key or a value', {
      hint: 'return { key, value }, or an array of them; null stands for no key or no value, [] for no record',
    })
  }
  const time = wholeTime(record.timestamp ?? timestamp)
  if (time === undefined) {
    throw new SluiceError('CALLBACK', `the function of mapRecord answered the timestamp ${String(record.timestamp)}`, {
      hint: `a timestamp is ${timeForm}`,
    })
  }
  const headers = record.headers === undefined ? undefined : RecordHeaders.from(record.headers)
  return { key: record.key, value: record.value, timestamp: time, headers }
}

function send({ key, value, timestamp, headers }: Ready, next: Process, current: CurrentRecord): Wait {
  if (headers === undefined) return next(key, value, timestamp)
  return withHeaders(headers, current, () => next(key, value, timestamp))
}

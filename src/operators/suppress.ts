import { SluiceError, counted } from '../errors.js'
import type { SuppressBuffer, WaitingChange } from '../store/suppress-buffer.js'
import type { WindowKey } from '../serde/windowed.js'
import type { Operator } from './operator.js'
import type { Wait } from './suspend.js'
import { streamClock } from './windows/window-clock.js'
import { withHeaders } from './with-headers.js'

/** What a buffer may hold, and what happens when it holds more. */
export interface BufferLimits {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly whenFull: 'stop' | 'emit'
}

/**
 * Holds the changes of a table back and tells the latest of each key: when its window has closed, or when the first one has
 * waited for a time. Kafka Streams' `KTableSuppressProcessor`, but for the old value, which is that of what was told last.
 */
export function suppress<K, V>(options: {
  readonly store: string
  /** Milliseconds of stream time: behind the end of the window, or behind the first change. */
  readonly wait: number
  readonly until: 'window-closes' | 'time'
  readonly limits: BufferLimits
  /** Whether what follows needs the old value. */
  readonly sendOld: boolean
}): Operator {
  const { wait, limits, sendOld } = options
  const isFinal = options.until === 'window-closes'
  return (next, context) => {
    const buffer = context.store<SuppressBuffer<K, V>>(options.store)
    const { observed } = buffer

    const emit = (waiting: WaitingChange<K, V>): Wait => {
      const { value, old, timestamp, headers } = waiting.value
      buffer.remove(waiting)
      // Nobody was told of a window that is deleted before it closes.
      if (value === null && isFinal) return undefined
      return withHeaders(headers, context.record, () => next(waiting.key, value, timestamp, sendOld ? old : undefined))
    }
    const isFull = (): boolean => buffer.records > limits.maxRecords || buffer.bytes > limits.maxBytes

    /** No change that waits has an earlier time. */
    let earliest = 0
    const enforce = (): Wait => {
      if (earliest > observed.value - wait && !isFull()) return undefined
      for (;;) {
        const found = buffer.first()
        const told = found instanceof Promise ? found.then(step) : step(found)
        if (told instanceof Promise) return told.then(more => (more ? enforce() : undefined))
        if (!told) return undefined
      }
    }
    /** Tells the first if it is time. Answers whether there may be more. */
    const step = (first: WaitingChange<K, V> | undefined): boolean | Promise<boolean> => {
      earliest = first?.timestamp ?? Number.POSITIVE_INFINITY
      if (first === undefined) return false
      if (first.timestamp > observed.value - wait) {
        if (!isFull()) return false
        if (limits.whenFull === 'stop') throw full(context.name, buffer, limits)
      }
      const told = emit(first)
      return told === undefined ? true : told.then(() => true)
    }
    const observe = streamClock(context, observed, enforce, buffer.ahead)

    return (key: K, value: V | null, timestamp, old?: V | null) => {
      observe(timestamp)
      const time = isFinal ? (key as WindowKey<unknown>).end : timestamp
      const { headers } = context.record
      if (time < earliest) earliest = time
      buffer.put(time, key, { value, old: sendOld ? old : undefined, timestamp, headers })
      return enforce()
    }
  }
}

function full(
  operator: string,
  { records, bytes }: SuppressBuffer<unknown, unknown>,
  limits: BufferLimits,
): SluiceError {
  return new SluiceError(
    'BUFFER_FULL',
    `suppress holds ${counted(records, 'record')} of ${bytes} bytes; allowed are ${counted(limits.maxRecords, 'record')} and ${limits.maxBytes} bytes`,
    {
      place: { operator },
      hint: "raise { buffer: { maxRecords, maxBytes } }, or, unless it waits for windows to close, let it tell early with whenFull: 'emit'",
    },
  )
}

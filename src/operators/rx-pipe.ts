import type { Observable } from 'rxjs'
import { SluiceError } from '../errors.js'
import { rxjs } from '../rxjs.js'
import type { Operator } from './operator.js'
import { inOrder, type Wait } from './suspend.js'

/** RxJS operators, composed. */
export type Composed<V, R> = (source: Observable<V>) => Observable<R>

/**
 * Sends each value, alone and complete, through RxJS operators, and on what comes out of them. They are subscribed to anew
 * for each record, so that nothing is remembered between records that a restart would forget. Where they take their time,
 * the task waits.
 */
export function rxPipe<V, R>(compose: Composed<V, R>): Operator {
  const { of } = rxjs()
  return (next, context) => (key, value, timestamp) => {
    const results: R[] = []
    let failure: { readonly error: unknown } | undefined
    let completed = false
    let settle: (() => void) | undefined
    const end = () => {
      completed = true
      settle?.()
    }
    const conclude = (): Wait => {
      if (failure !== undefined) return context.fail(failure.error, key, value)
      return inOrder(results, result => next(key, result, timestamp))
    }
    try {
      compose(of(value)).subscribe({
        next: result => {
          if (result === undefined) failure ??= { error: noValue() }
          results.push(result)
        },
        error: (error: unknown) => {
          failure ??= { error }
          end()
        },
        complete: end,
      })
    } catch (error) {
      return context.fail(error, key, value)
    }
    if (completed) return conclude()
    return new Promise<void>(resolve => (settle = resolve)).then(conclude)
  }
}

function noValue(): SluiceError {
  return new SluiceError('CALLBACK', 'an operator of pipe() emitted undefined', {
    hint: 'emit a value, or null for a tombstone; filter leaves values out',
  })
}

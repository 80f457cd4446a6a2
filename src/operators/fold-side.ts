import type { Fold } from './fold.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'

/** One of several operators that aggregate into one store; what it writes is told by the node behind them (`tellStore`). */
export function foldSide<K, V, A>(options: { readonly store: string; readonly fold: Fold<K, V, A> }): Operator {
  const { fold } = options
  return (_next, context) => {
    const aggregates = context.store<K, A>(options.store)
    return (key, value, timestamp) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      if (value == null) return context.count('null_values_dropped')
      const before = aggregates.get(key)
      const latest = before === undefined ? timestamp : Math.max(timestamp, aggregates.timestamp)
      let result: A | null
      try {
        result = fold(before, value, key)
      } catch (error) {
        return context.fail(error, key, value)
      }
      return aggregates.put(key, result, latest)
    }
  }
}

/** Tells the changes of a store that the operators before it write to. Records do not pass here. */
export function tellStore(options: { readonly store: string }): Operator {
  return (next, context) => {
    context.store(options.store).listen(next, context.hearing)
    return () => undefined
  }
}

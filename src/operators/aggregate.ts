import type { Fold } from './fold.js'
import { foldSide } from './fold-side.js'
import type { Operator } from './operator.js'

/** An aggregate per key, of any type. Null values are dropped, as in Kafka Streams. */
export function aggregate<K, V, A>(options: { readonly store: string; readonly fold: Fold<K, V, A> }): Operator {
  const side = foldSide(options)
  return (next, context) => {
    context.store<K, A>(options.store).listen(next, context.hearing)
    return side(next, context)
  }
}

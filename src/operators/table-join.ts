import { plain } from './callback.js'
import { nullKey } from './null-key.js'
import type { Operator } from './operator.js'
import type { Joiner } from './row-joiner.js'
import { after } from './suspend.js'
import { openTable, type TableView } from './table-view.js'

/**
 * One side of a join of two tables by key: takes the changes of its own side and looks up the other. Both sides send to
 * one node behind them. The other side is read as far as downstream has been told of it, so that with caches each pair of
 * changes is joined once: the later one meets the earlier. The result has the later timestamp of the two. A pair that the
 * joiner fails on is absent, after that was reported.
 */
export function tableJoin<K, A, B, R>(options: {
  readonly other: TableView
  readonly joiner: Joiner<K, A | null, B | null, R>
  readonly side: 'left' | 'right'
  readonly kind: 'inner' | 'left' | 'outer'
  /** Whether what follows needs the old value: the joiner is then called for it too. */
  readonly sendOld?: boolean | undefined
}): Operator {
  const { joiner, kind } = options
  const isLeft = options.side === 'left'
  const needsLeft = kind !== 'outer'
  const needsRight = kind === 'inner'
  const needsOther = isLeft ? needsRight : needsLeft
  const sendOld = options.sendOld === true

  const join = (key: K, mine: unknown, theirs: unknown): R | null => {
    const left = (isLeft ? mine : theirs) as A | null
    const right = (isLeft ? theirs : mine) as B | null
    if (left === null && (needsLeft || right === null)) return null
    if (right === null && needsRight) return null
    return plain(joiner(left, right, key))
  }
  const joinOld = (key: K, old: unknown, theirs: unknown): R | null | undefined => {
    if (!sendOld || old === undefined) return undefined
    try {
      return join(key, old, theirs)
    } catch {
      return null
    }
  }

  return (next, context) => {
    const others = openTable<K, unknown>(options.other, context, 'told')
    return (key: K, value: unknown, timestamp, old?: unknown) => {
      if (key == null) return context.fail(nullKey(context), key, value)
      const theirs = others.get(key) ?? null
      if (theirs === null && (needsOther || (value === null && old === null))) return
      const latest = Math.max(timestamp, others.timestamp)
      let joined: R | null
      try {
        joined = join(key, value, theirs)
      } catch (error) {
        const before = joinOld(key, old, theirs)
        return after(context.fail(error, key, value), () => next(key, null, latest, before))
      }
      return next(key, joined, latest, joinOld(key, old, theirs))
    }
  }
}

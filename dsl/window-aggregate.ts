import type { Fold, Merge } from '../src/operators/fold.js'
import type { Operator } from '../src/operators/operator.js'
import type { Windows } from '../src/operators/windows/definitions.js'
import { sessionAggregate } from '../src/operators/windows/session-windows.js'
import { slidingWindowAggregate } from '../src/operators/windows/sliding-windows.js'
import { timeWindowAggregate } from '../src/operators/windows/time-windows.js'
import { groupedInput, groupedKey, groupedValue, type GroupedInput } from './grouped-input.js'
import type { SerdeChoice, StatefulNode } from './nodes.js'
import { orElse } from './serdes.js'
import { makesNew } from './uses.js'
import { windowStoreWish, windowWish, type AnyWindowOptions } from './window-store.js'

/** An aggregate over windows; sessions need `merge`. */
export interface WindowAggregate<A> {
  readonly type: 'count' | 'reduce' | 'aggregate'
  readonly options: AnyWindowOptions
  readonly fold: Fold<any, any, A>
  readonly merge?: Merge<any, A>
  readonly value: SerdeChoice
}

/** Adds it. @throws SluiceError BAD_ARGUMENT, BAD_DURATION */
export function addWindowAggregate(
  grouped: GroupedInput,
  windows: Windows,
  { type, options, fold, merge, value }: WindowAggregate<any>,
  line: string | undefined,
): StatefulNode {
  const plainKey = groupedKey(grouped)
  const wish = windowWish(type, windows, options, plainKey, line)
  const store = windowStoreWish(type, options, plainKey, value, line)
  const carried = type === 'reduce' ? orElse(groupedValue(grouped), store.value) : undefined
  const parent = groupedInput(grouped, line, carried)
  const { emit } = wish
  return grouped['~graph'].add({
    kind: 'stateful',
    type,
    parents: [parent],
    line,
    key: store.key,
    value: store.value,
    store,
    windows: wish,
    operator: name => windowOperator(windows, { store: name, fold, emit }, merge),
    uses: { ...makesNew, value: type !== 'count' },
  })
}

export function windowOperator(
  windows: Windows,
  how: { store: string; fold: Fold<any, any, any>; emit: 'update' | 'final'; side?: number },
  merge: Merge<any, any> | undefined,
): Operator {
  if (windows.kind === 'session') return sessionAggregate({ ...how, windows, merge: merge! })
  return windows.kind === 'time'
    ? timeWindowAggregate({ ...how, windows })
    : slidingWindowAggregate({ ...how, windows })
}

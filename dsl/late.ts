import { countFold, countMerge } from '../src/operators/fold.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import type { Windows } from '../src/operators/windows/definitions.js'
import { lateRecords } from '../src/operators/windows/late-records.js'
import { sessionAggregate } from '../src/operators/windows/session-windows.js'
import { long } from '../src/serde/index.js'
import { groupedInput, groupedKey, groupedValue, type GroupedInput } from './grouped-input.js'
import type { LateNode } from './nodes.js'
import { choose } from './serdes.js'
import type { SerdeFor } from './types.js'
import { windowStoreWish, windowWish } from './window-store.js'

/** How the stream of late records is named and written. */
export interface LateOptions<V> {
  /** The name of what it keeps: the stream time, and the bounds of sessions. Default: made of the stream's name. */
  readonly as?: string
  /** How the values are written on their way, should there be an internal topic. Default: as before. */
  readonly value?: SerdeFor<V>
}

const known: KnownOptions<LateOptions<any>> = { as: true, value: true }

/** Adds the stream of the records that come too late for their windows. */
export function addLate(
  grouped: GroupedInput,
  windows: Windows,
  options: LateOptions<any>,
  line: string | undefined,
): LateNode {
  checkKnown('late()', options, known, line)
  const { as, value } = options
  const plainKey = groupedKey(grouped)
  const wish = windowWish('late', windows, {}, plainKey, line)
  const counted = { serde: long, why: 'late' }
  const store = windowStoreWish('late', as === undefined ? {} : { as }, plainKey, counted, line)
  const parent = groupedInput(grouped, line, choose(value, 'late({ value })', groupedValue(grouped)))
  return grouped['~graph'].add({
    kind: 'late',
    type: 'late',
    parents: [parent],
    line,
    key: plainKey,
    value: parent.value,
    store,
    windows: wish,
    operator: name =>
      windows.kind === 'session'
        ? sessionAggregate({ store: name, windows, fold: countFold, merge: countMerge, emit: 'late' })
        : lateRecords({ store: name, windows }),
  })
}

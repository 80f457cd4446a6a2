import { answerSubscribers, answerSubscriptions } from '../src/operators/foreign-join/answer.js'
import { joinAnswer } from '../src/operators/foreign-join/join-answer.js'
import { subscribe } from '../src/operators/foreign-join/subscribe.js'
import { unansweredOf } from '../src/operators/foreign-join/unanswered.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { ForeignJoinNode } from './nodes.js'
import { newValue, storeWish, type AnyStoreOptions } from './serdes.js'

/** Adds the join of a table with the rows of another one that its values name. @throws SluiceError BAD_ARGUMENT */
export function addForeignJoin(
  table: Fluent,
  type: ForeignJoinNode['type'],
  other: Fluent,
  joiner: (left: any, right: any, key: any) => unknown,
  options: AnyStoreOptions & { readonly on?: unknown },
  line: string | undefined,
): ForeignJoinNode {
  const graph = table['~graph']
  checkFunction(joiner, `${type}()`, line)
  checkFunction(options.on, `${type}(table, joiner, { on })`, line)
  const on = options.on as (value: any, key: any) => unknown
  const parent = table['~node']
  const store = storeWish(type, options, parent.key, newValue(type, line, graph.defaultValue), line)
  const left = type === 'leftJoin'
  const unanswered = unansweredOf()
  return graph.add({
    kind: 'foreign-join',
    type,
    parents: [parent, other['~node']],
    line,
    key: store.key,
    value: store.value,
    store,
    subscribe: serdes => subscribe({ on, left, unanswered, ...serdes }),
    answer: how => answerSubscriptions(how),
    tell: how => answerSubscribers(how),
    join: how => joinAnswer({ joiner, left, unanswered, ...how }),
  })
}

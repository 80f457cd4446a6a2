import type { Operator } from '../src/operators/operator.js'
import { passThrough } from '../src/operators/pass-through.js'
import { looksAtKey, looksAtValue } from '../src/operators/uses.js'
import type { Uses } from '../src/topology/spec.js'
import type { Fluent } from './fluent.js'
import { checkFunction } from './fluent.js'
import type { SerdeChoice, StepNode } from './nodes.js'
import { passesAll } from './uses.js'

type AnyCallback = (...args: never[]) => unknown

/** What an operator looks at, for one that calls a user's function and passes on what `passes` names. */
export function usesOf(callback: AnyCallback, passes: { readonly key: boolean; readonly value: boolean }): Uses {
  return {
    key: looksAtKey(callback),
    value: looksAtValue(callback),
    passesKey: passes.key,
    passesValue: passes.value,
  }
}

/** Adds a step that calls a user's function; the serdes stay unless new ones are given. */
export function addStep(
  from: Fluent,
  line: string | undefined,
  step: {
    readonly type: string
    readonly callback: AnyCallback
    readonly operator: () => Operator
    readonly key?: SerdeChoice
    readonly value?: SerdeChoice
    readonly uses?: Uses
    readonly rekeys?: boolean
    readonly ends?: boolean
  },
): StepNode {
  checkFunction(step.callback, `${step.type}()`, line)
  const parent = from['~node']
  return from['~graph'].add({
    kind: 'step',
    type: step.type,
    parents: [parent],
    line,
    key: step.key ?? parent.key,
    value: step.value ?? parent.value,
    operator: step.operator(),
    uses: step.uses ?? usesOf(step.callback, { key: step.key === undefined, value: step.value === undefined }),
    rekeys: step.rekeys ?? false,
    ends: step.ends ?? false,
    callback: step.callback,
  })
}

/** Says that records lie otherwise than by their keys. It does nothing with them. */
export function addRekeyed(from: Fluent, type: string, line: string | undefined): StepNode {
  const parent = from['~node']
  return from['~graph'].add({
    kind: 'step',
    type,
    parents: [parent],
    line,
    key: parent.key,
    value: parent.value,
    operator: passThrough(),
    uses: passesAll,
    rekeys: true,
    ends: false,
    callback: undefined,
  })
}

import { SluiceError } from '../src/errors.js'
import type { Partitioner } from '../src/topology/spec.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { SerdeChoice } from './nodes.js'
import { checkName, type Sink } from './topic.js'
import type { Callback } from './types.js'

const perRecord: SerdeChoice = { serde: undefined, why: 'the topic of each record' }

/** Ends a chain in a topic, or in those that a function chooses. */
export function addSink(
  from: Fluent,
  target: Sink<any, any> | Callback<any, any, Sink<any, any>>,
  options: { readonly partitioner?: Partitioner },
  line: string | undefined,
): void {
  if (typeof target !== 'function') checkSink(target, 'to()', line)
  if (options.partitioner !== undefined) checkFunction(options.partitioner, 'to({ partitioner })', line)
  from['~graph'].add({
    kind: 'sink',
    parents: [from['~node']],
    line,
    key: perRecord,
    value: perRecord,
    target,
    partitioner: options.partitioner,
  })
}

/** @throws SluiceError BAD_ARGUMENT unless it is a topic with both serdes */
export function checkSink(topic: Sink<any, any>, what: string, line: string | undefined): void {
  if (typeof topic?.key?.serialize !== 'function' || typeof topic.value?.serialize !== 'function') {
    throw new SluiceError('BAD_ARGUMENT', `${what} needs a topic with its serdes`, {
      place: { line },
      hint: "make one: topic('name', { key: string, value: json() })",
    })
  }
  checkName(topic.name, 'topic', line)
}

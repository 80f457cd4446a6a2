import { addressedKey, addressedTopic, addressedValue, chooseSink } from '../../src/operators/choose-sink.js'
import type { Partitioner } from '../../src/topology/spec.js'
import type { SinkNode } from '../nodes.js'
import { serdeName } from '../serde-name.js'
import type { Lowering } from './lowering.js'
import { makesNew } from '../uses.js'

export function lowerSink(node: SinkNode, to: Lowering): void {
  const { target, partitioner } = node
  const name = to.name(node)
  const common = { kind: 'sink', repartition: undefined, ...to.base(node) } as const
  if (typeof target !== 'function') {
    const at = `topic ${target.name}`
    to.note({ at, part: 'key', serde: serdeName(target.key), why: 'to' })
    to.note({ at, part: 'value', serde: serdeName(target.value), why: 'to' })
    const { key, value } = target
    to.add({ ...common, name, parents: to.parents(node), topic: target.name, key, value, partitioner })
    return
  }
  const chooser = `${name}.choose`
  to.operator(node, {
    type: 'to',
    name: chooser,
    operator: chooseSink(target),
    uses: makesNew,
  })
  to.add({
    ...common,
    name,
    parents: [chooser],
    topic: addressedTopic,
    key: addressedKey,
    value: addressedValue,
    partitioner: partitioner && unwrapped(partitioner),
  })
}

function unwrapped(partitioner: Partitioner): Partitioner {
  return (key, value, partitions, keyBytes) => partitioner(key?.key ?? null, value?.value ?? null, partitions, keyBytes)
}

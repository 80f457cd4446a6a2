import { SluiceError } from '../src/errors.js'
import type { Graph } from './graph.js'
import type { Node, Placement, RepartitionNode, SerdeChoice } from './nodes.js'
import { checkName } from './topic.js'

/** Adds the way through an internal topic. */
export function addRepartition(
  graph: Graph,
  parent: Node,
  type: RepartitionNode['type'],
  options: {
    readonly key: SerdeChoice
    readonly value: SerdeChoice
    readonly as?: string | undefined
    readonly partitions?: number | undefined
    readonly carries?: RepartitionNode['carries']
    readonly placement?: Placement
    readonly zones?: readonly string[] | undefined
  },
  line: string | undefined,
): RepartitionNode {
  const { as, partitions } = options
  if (as !== undefined) checkName(as, type, line)
  if (partitions !== undefined && !(Number.isSafeInteger(partitions) && partitions > 0)) {
    throw new SluiceError('BAD_ARGUMENT', `${type}() over ${String(partitions)} partitions`, {
      place: { line },
      hint: 'give a whole number above 0, or none for the number that the topics upstream have',
    })
  }
  return graph.add({
    kind: 'repartition',
    type,
    parents: [parent],
    line,
    key: options.key,
    value: options.value,
    as,
    partitions,
    placement: options.placement ?? 'murmur2',
    zones: options.zones,
    carries: options.carries ?? 'record',
  })
}

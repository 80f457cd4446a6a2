import { cut } from '../../src/topology/cut.js'
import type { Lowered } from '../lower/lower.js'
import { toDot } from './dot.js'
import { drawingOf } from './drawing.js'
import { toMermaid } from './mermaid.js'
import { modelOf, type Described } from './model.js'
import { toText } from './text.js'

/** What a pipeline consists of, in several forms. */
export interface Description {
  /** The text form of Kafka Streams' `Topology.describe()`. */
  toString(): string
  /** A Mermaid flowchart. */
  toMermaid(): string
  /** A Graphviz graph. */
  toDot(): string
  /** Plain data, with the line of each operator and the choice of every serde. */
  toJSON(): Described
}

export function describe({ spec, serdes }: Lowered): Description {
  const model = modelOf(cut(spec), serdes)
  return Object.freeze({
    toString: () => toText(model),
    toMermaid: () => toMermaid(drawingOf(model)),
    toDot: () => toDot(model.application, drawingOf(model)),
    toJSON: () => model,
  })
}

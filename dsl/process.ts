import { SluiceError } from '../src/errors.js'
import { checkKnown, type KnownOptions } from '../src/known-options.js'
import { processWith, type AnyProcessorFactory } from '../src/operators/process.js'
import type { StoreHandle } from '../src/store/processor-store.js'
import { checkFunction, type Fluent } from './fluent.js'
import type { Node, ProcessNode } from './nodes.js'
import { newKey, newValue } from './serdes.js'

/** What a processor is connected to. */
export interface ProcessOptions<Output extends string = never> {
  /** The stores it uses: added with `pipeline.addStore`, or those of tables above it and of global tables, for reading. */
  readonly stores?: readonly (string | StoreHandle<any>)[]
  /** Names of outputs, for `forward(…, { to })`; the result is a branch for each. */
  readonly outputs?: readonly Output[]
}

const known: KnownOptions<ProcessOptions<string>> = { stores: true, outputs: true }

/** Adds a processor of the user's own. */
export function addProcess(
  from: Fluent,
  type: ProcessNode['type'],
  factory: AnyProcessorFactory,
  options: ProcessOptions<string>,
  line: string | undefined,
): ProcessNode {
  checkFactory(factory, type, line)
  checkKnown(`${type}()`, options, known, line)
  const { stores = [], outputs = [] } = options
  const graph = from['~graph']
  const parent = from['~node']
  const keepsKeys = type === 'processValues'
  const names = stores.map(store => (typeof store === 'string' ? store : store?.name))
  for (const name of names) if (typeof name !== 'string') throw noStore(type, line)
  const twice = outputs.find((name, i) => outputs.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new SluiceError('BAD_ARGUMENT', `${type}({ outputs }) names "${twice}" twice`, {
      place: { line },
      hint: 'name each output once',
    })
  }
  return graph.add({
    kind: 'process',
    type,
    parents: [parent],
    line,
    key: keepsKeys ? parent.key : newKey(type),
    value: newValue(type, line, graph.defaultValue),
    stores: [...new Set(names)],
    outputs,
    rekeys: !keepsKeys,
    splitter: (uses, isRetried) => processWith(factory, { stores: uses, outputs, keepsKeys, isRetried, line }),
  })
}

/** The branches of a processor with several outputs. */
export function outputNodes(node: ProcessNode, from: Fluent): (readonly [string, Node])[] {
  const { key, value, line } = node
  const graph = from['~graph']
  return node.outputs.map(
    name => [name, graph.add({ kind: 'branch', name, parents: [node], line, key, value })] as const,
  )
}

/** A processor has fields, so each task needs one of its own. */
function checkFactory(factory: unknown, type: string, line: string | undefined): void {
  if (typeof (factory as { process?: unknown } | null)?.process === 'function') {
    throw new SluiceError('BAD_ARGUMENT', `${type}() needs a function that makes a processor, not a processor`, {
      place: { line },
      hint: `each task gets one of its own: ${type}(context => new MyProcessor(context))`,
    })
  }
  checkFunction(factory, `${type}()`, line)
}

function noStore(type: string, line: string | undefined): SluiceError {
  return new SluiceError('BAD_ARGUMENT', `${type}({ stores }) holds something else than a store`, {
    place: { line },
    hint: 'give the names of stores, or what store() made',
  })
}

import type { CurrentRecord, OperatorContext, Process } from '../operators/operator.js'
import { withHeaders } from '../operators/with-headers.js'
import type { UnreadBytes } from '../serde/unread.js'
import type { FindsByBytes, Hearing } from '../store/key-value.js'
import type { SubTopology } from './cut.js'
import { fanout } from './fanout.js'
import {
  askedBySource,
  getsAsRead,
  needsOf,
  outputsOf,
  storesOf,
  toldOf,
  writesAsRead,
  type SourceNeeds,
} from './needs.js'
import { storing } from './storing.js'
import { Ways } from './ways.js'
import type { NodeSpec, OperatorSpec, SinkSpec, SourceSpec, SplitSpec, StoreSpec } from './spec.js'

/** What a task gives to its operators. */
export interface TaskHost {
  readonly application: string
  readonly record: CurrentRecord
  store(name: string): unknown
  /** A store tells a change of which not all is decoded. */
  tells(bytes: UnreadBytes): void
  /** The end of a chain. `asRead`: a value that is the source's still may be written as the bytes it was read from. */
  sink(node: SinkSpec, asRead: boolean): Process
  /** As the node's `onFailure` says. */
  fail(node: NodeSpec, error: unknown, key: unknown, value: unknown): void | Promise<void>
  count(node: NodeSpec, what: string): void
  now(): number
  steady(): number
  streamTime(): number
  levelOf?: OperatorContext['levelOf']
  schedule: OperatorContext['schedule']
  at: OperatorContext['at']
  whenRoom: OperatorContext['whenRoom']
  soon: OperatorContext['soon']
  pends: OperatorContext['pends']
  onRelease: OperatorContext['onRelease']
  onIdle: OperatorContext['onIdle']
  onStart: OperatorContext['onStart']
  onCommit: OperatorContext['onCommit']
  onClose: OperatorContext['onClose']
}

/** A sub-topology as functions. */
export interface CompiledTask {
  readonly sources: readonly CompiledSource[]
  /** Names; a store whose changes lead to writes in another one comes before it. */
  readonly storesInOrder: readonly string[]
}

/**
 * Where the records of a source enter. A part that is not needed may be passed as anything but `null`, which stands for
 * null, and `undefined`.
 */
export interface CompiledSource extends SourceNeeds {
  readonly node: SourceSpec
  readonly process: Process
  /** Stores that are asked for the bytes of its keys. */
  readonly asks: readonly string[]
}

/** Builds the operators from the sinks up, so that each gets all that follows it as one function. */
export function compile(sub: SubTopology, host: TaskHost): CompiledTask {
  const children = childrenByParent(sub.nodes)
  const childrenOf = (name: string): readonly NodeSpec[] => children.get(name) ?? []
  const byOutput = new Map(sub.nodes.flatMap(node => outputsOf(node).map(output => [output, node] as const)))
  const processes = new Map<string, Process>()
  const ways = new Ways(sub.sources, sub.nodes, host.record)
  const following = (name: string): Process =>
    fanout(childrenOf(name).map(child => ways.into(child, name, processes.get(child.name)!)))
  const firstStoreOf = (node: OperatorSpec | SplitSpec): StoreSpec | undefined =>
    sub.stores.find(({ name }) => name === storesOf(node)[0])
  const hearingOf = (node: OperatorSpec | SplitSpec): Hearing | undefined => {
    const store = firstStoreOf(node)
    if (store === undefined) return undefined
    const { needsKey: key, needsValue: value, needsOld: old, anybody } = toldOf(node, store, childrenOf)
    return {
      key,
      value,
      old,
      anybody,
      bytes: bytes => host.tells(bytes),
      headers: () => host.record.headers,
      under: (headers, tell) => withHeaders(headers, host.record, tell),
    }
  }

  for (const node of sub.nodes.toReversed()) {
    if (node.kind === 'sink') {
      const asRead = writesAsRead(node, name => byOutput.get(name)!)
      processes.set(node.name, host.sink(node, asRead))
    } else if (node.kind === 'split') {
      processes.set(node.name, node.splitter(node.outputs.map(following), contextOf(node, host, hearingOf(node))))
    } else if (node.kind === 'operator') {
      const store = firstStoreOf(node)
      const asRead = store !== undefined && getsAsRead(node, store.value, name => byOutput.get(name)!)
      const context = { ...contextOf(node, host, hearingOf(node)), asRead }
      const process = node.operator(ways.outOf(node, following(node.name)), context)
      processes.set(node.name, storesOf(node).length === 0 ? process : storing(process, context))
    }
  }
  for (const { name, kind } of sub.stores) {
    if (kind === 'key-value') (host.store(name) as FindsByBytes).findsKeysOf(host.record)
  }
  return {
    sources: sub.sources.map(node => ({
      node,
      process: following(node.name),
      asks: askedBySource(node, sub.stores, childrenOf),
      ...needsOf(node, sub.stores, childrenOf),
    })),
    storesInOrder: storesInOrder(sub.nodes),
  }
}

/** By name of a node or of a split's output; in the order of the nodes. */
function childrenByParent(nodes: readonly NodeSpec[]): ReadonlyMap<string, readonly NodeSpec[]> {
  const children = new Map<string, NodeSpec[]>()
  for (const node of nodes) for (const output of outputsOf(node)) children.set(output, [])
  for (const node of nodes)
    if (node.kind !== 'source') for (const parent of node.parents) children.get(parent)!.push(node)
  return children
}

/** A store's owner is the first node that names it, and nodes come parents first. */
function storesInOrder(nodes: readonly NodeSpec[]): readonly string[] {
  return [...new Set(nodes.flatMap(storesOf))]
}

function contextOf(node: OperatorSpec | SplitSpec, host: TaskHost, hearing: Hearing | undefined): OperatorContext {
  return {
    application: host.application,
    name: node.name,
    record: host.record,
    store: <S>(name: string) => host.store(name) as S,
    hearing,
    fail: (error, key, value) => host.fail(node, error, key, value),
    count: what => host.count(node, what),
    now: () => host.now(),
    steady: () => host.steady(),
    streamTime: () => host.streamTime(),
    levelOf: host.levelOf,
    schedule: (time, interval, call) => host.schedule(time, interval, call),
    at: (time, call) => host.at(time, call),
    whenRoom: (time, call) => host.whenRoom(time, call),
    soon: call => host.soon(call),
    pends: work => host.pends(work),
    onRelease: call => host.onRelease(call),
    onIdle: call => host.onIdle(call),
    onStart: wait => host.onStart(wait),
    onCommit: listener => host.onCommit(listener),
    onClose: call => host.onClose(call),
  }
}

import { passThrough } from '../../src/operators/pass-through.js'
import { latestOnly } from '../../src/operators/versioned-source.js'
import { storeOf } from '../../src/operators/table-view.js'
import { heldKey } from '../../src/serde/held-key.js'
import { timerEntry } from '../../src/store/timer-entry.js'
import type {
  GlobalJoinNode,
  JoinNode,
  MergeNode,
  Node,
  SourceNode,
  SplitNode,
  StatefulNode,
  StepNode,
} from '../nodes.js'
import { lowerAll } from './all.js'
import { lowerDedupe } from './dedupe.js'
import { lowerCall } from './calls.js'
import { lowerDelay } from './delay.js'
import { lowerEvery } from './every.js'
import { lowerForeignJoin } from './foreign-join.js'
import type { Lowering } from './lowering.js'
import { lowerProcess } from './process.js'
import { lowerRepartition } from './repartition.js'
import { lowerSink } from './sink.js'
import { lowerStreamJoin } from './stream-join.js'
import { isTable } from './tables.js'
import { lowerTableJoin, lowerTableSource, lowerTableStep } from './table.js'
import { lowerCogroup, lowerLate, lowerSuppress, windowStore } from './windows.js'
import { passesAll } from '../uses.js'

/** Adds what a node becomes. */
export function lowerNode(node: Node, to: Lowering): void {
  switch (node.kind) {
    case 'source':
      return lowerSource(node, to)
    case 'step':
      return lowerStep(node, to)
    case 'split':
      return lowerSplit(node, to)
    case 'branch':
      return to.follow(node, `${to.output(node.parents[0]!)}.${node.name}`)
    case 'merge':
      return lowerMerge(node, to)
    case 'repartition':
      return lowerRepartition(node, to)
    case 'table-source':
      return lowerTableSource(node, to)
    case 'stateful':
      return lowerStateful(node, to)
    case 'table-step':
      return lowerTableStep(node, to)
    case 'join':
      return lowerJoin(node, to)
    case 'foreign-join':
      return lowerForeignJoin(node, to)
    case 'table-join':
      return lowerTableJoin(node, to)
    case 'global-table':
      return to.addGlobal(node)
    case 'global-join':
      return lowerGlobalJoin(node, to)
    case 'stream-join':
      return lowerStreamJoin(node, to)
    case 'process':
      return lowerProcess(node, to)
    case 'all':
      return lowerAll(node, to)
    case 'dedupe':
      return lowerDedupe(node, to)
    case 'delay':
      return lowerDelay(node, to)
    case 'every':
      return lowerEvery(node, to)
    case 'late':
      return lowerLate(node, to)
    case 'cogroup':
      return lowerCogroup(node, to)
    case 'suppress':
      return lowerSuppress(node, to)
    case 'sink':
      return lowerSink(node, to)
    case 'call':
      return lowerCall(node, to)
    case 'cover':
    case 'retry':
      // The optimiser has put the node above in its place.
      return undefined
  }
}

function lowerSource(node: SourceNode, to: Lowering): void {
  const name = to.name(node)
  const at = `topic ${String(node.topic)}`
  to.add({
    kind: 'source',
    name,
    topics: typeof node.topic === 'string' ? [node.topic] : node.topic,
    key: to.serde(node.key, 'key', at, node),
    value: to.serde(node.value, 'value', at, node),
    timestamp: node.options.timestamp,
    ascending: node.options.ascending,
    from: node.options.from ?? 'earliest',
    idleAfter: node.options.idleAfter,
    priority: node.options.priority,
    rate: node.options.rate,
    fair: node.options.fair,
    ...to.base(node),
  })
  to.follow(node, name)
}

function lowerStep(node: StepNode, to: Lowering): void {
  const { type, operator, uses } = node
  const parent = to.actual(node.parents[0]!)
  // Groups of a versioned table are those of its latest rows; toStream passes everything on.
  const drops = type === 'groupBy' && isTable(parent) && to.isVersioned(parent)
  to.operator(node, { type, operator: drops ? latestOnly(operator) : operator, uses })
}

function lowerSplit(node: SplitNode, to: Lowering): void {
  const name = to.name(node)
  const { outputs, splitter, uses } = node
  to.addRetried(node, {
    kind: 'split',
    type: 'split',
    name,
    parents: to.parents(node),
    outputs: outputs.map(output => `${name}.${output}`),
    splitter,
    uses,
    ...to.base(node),
  })
  to.follow(node, name)
}

function lowerMerge(node: MergeNode, to: Lowering): void {
  to.operator(node, { type: 'merge', operator: passThrough(), uses: passesAll })
}

function lowerStateful(node: StatefulNode, to: Lowering): void {
  const store = node.windows === undefined ? to.store(node, node.store) : windowStore(node, node.windows, to)
  to.copartition(node)
  to.operator(node, { type: node.type, stores: [store], operator: node.operator(store), uses: node.uses })
}

/** The table is of no task, so its name is not among the stores that tie nodes together. */
function lowerGlobalJoin(node: GlobalJoinNode, to: Lowering): void {
  const [stream, table] = node.parents
  const { type, uses } = node
  const operator = node.operator(to.storeName(table!))
  to.operator(node, { type, parents: [to.output(stream!)], operator, uses })
}

/** The buffer in which a stream's records wait for a versioned table. */
function lowerHeld(node: JoinNode, to: Lowering): string | undefined {
  if (node.held === undefined) return undefined
  const name = to.storeName(node)
  const at = `store ${name}`
  const key = to.serde(node.key, 'key', at, node)
  return to.addStore(node, {
    kind: 'time-ordered',
    records: true,
    name,
    key: heldKey(key),
    value: timerEntry(key, to.serde(node.held.value, 'value', at, node)),
    cache: false,
    changelog: true,
    in: 'disk',
    line: node.line,
  })
}

function lowerJoin(node: JoinNode, to: Lowering): void {
  const [stream, table] = node.parents
  const view = to.view(table!)
  const buffer = lowerHeld(node, to)
  to.copartition(node)
  const { type, uses } = node
  to.operator(node, {
    type,
    parents: [to.output(stream!)],
    stores: buffer === undefined ? [storeOf(view)] : [storeOf(view), buffer],
    operator: node.operator(view, buffer),
    // The functions of a computed table may look at the key.
    uses: typeof view === 'string' ? uses : { ...uses, key: true },
  })
}

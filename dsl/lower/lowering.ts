import type { TableView } from '../../src/operators/table-view.js'
import type { Serde } from '../../src/serde/serde.js'
import type {
  Copartition,
  FailurePolicy,
  GlobalTableSpec,
  InputChoiceSpec,
  NodeSpec,
  OperatorSpec,
  Partitioner,
  Priority,
  RepartitionSpec,
  SplitSpec,
  StoreBase,
  StoreSpec,
} from '../../src/topology/spec.js'
import { waySuffix } from '../../src/topology/priority-topics.js'
import { repartitionTopic } from '../../src/topology/topics.js'
import type { DeclaredStore } from '../add-store.js'
import { checkDistinct, type Names } from '../naming.js'
import type { GlobalTableNode, Node, Placement, RepartitionNode, RetryNode, SerdeChoice, StoreWish } from '../nodes.js'
import type { StandIn } from '../optimize.js'
import { walkUp } from '../walk-up.js'
import { sourcesAbove } from './choices.js'
import { copartitionOf, topicsAbove } from './copartition.js'
import type { Lowered } from './lower.js'
import { pendingStore } from './pending-store.js'
import { ordinary, prioritiesOf, repartitionPriorities } from './repartition-priorities.js'
import { retriedSpec } from './retried.js'
import { needSerde, type SerdeUse } from './serde-use.js'
import { historyOf, tableNeeds, viewOf, type TableNeeds } from './tables.js'

/** What happens to a record that a node cannot work on. */
export interface Failures {
  readonly policyOf: (node: Node) => FailurePolicy
  readonly retryOf: (node: Node) => RetryNode | undefined
}

/** The way of the records of one priority through a repartition. */
export interface Way {
  /** Of the way: `repartitionTopic` makes the topic's of it. */
  readonly name: string
  readonly topic: string
  readonly priority: Priority
}

/** What collects while a pipeline is lowered, and what every kind of node asks for. */
export class Lowering {
  readonly application: string
  readonly tables: TableNeeds
  readonly #names: Names
  readonly #failures: Failures
  readonly #standIn: StandIn
  readonly #priorities: ReadonlyMap<RepartitionNode, readonly Priority[]>
  readonly #declared: readonly DeclaredStore[]
  /** Under which name children find a node: its last operator, or the output of a split. */
  readonly #outputs = new Map<Node, string>()
  readonly #nodes: NodeSpec[] = []
  readonly #stores: (readonly [StoreSpec, Node])[] = []
  readonly #repartitions: (readonly [RepartitionSpec, Node])[] = []
  readonly #globals: (readonly [GlobalTableSpec, Node])[] = []
  readonly #copartitions: Copartition[] = []
  /** The operators that each covers. */
  readonly #retries = new Map<RetryNode, string[]>()
  readonly #serdes: SerdeUse[] = []
  readonly #places: Placement[] = []

  constructor(
    application: string,
    nodes: readonly Node[],
    names: Names,
    failures: Failures,
    standIn: StandIn,
    declared: readonly DeclaredStore[] = [],
  ) {
    this.application = application
    this.#declared = declared
    this.tables = tableNeeds(nodes, standIn)
    this.#names = names
    this.#failures = failures
    this.#standIn = standIn
    this.#priorities = repartitionPriorities(nodes, standIn)
  }

  name(node: Node): string {
    return this.#names.node.get(node)!
  }

  storeName(node: Node): string {
    return this.#names.store.get(node)!
  }

  /** What stands in the place of a parent. */
  actual(node: Node): Node {
    return this.#standIn(node)
  }

  /** The names under which a node's parents go by. */
  parents(node: Node): string[] {
    return node.parents.map(parent => this.output(parent))
  }

  output(node: Node): string {
    return this.#outputs.get(this.#standIn(node))!
  }

  /** Whether a table's rows have a history (KIP-914). */
  isVersioned(table: Node): boolean {
    return historyOf(table, this.#standIn) !== undefined
  }

  /** Where a join finds the rows of a table. */
  view(table: Node): TableView {
    return viewOf(table, this.#standIn, node => this.storeName(node))
  }

  /** What every part of the spec says of its node. */
  base(node: Node): { line: string | undefined; onFailure: FailurePolicy } {
    return { line: node.line, onFailure: this.#failures.policyOf(node) }
  }

  serde(choice: SerdeChoice, part: 'key' | 'value', at: string, node: Node): Serde<any> {
    return needSerde(choice, part, at, node, this.#serdes)
  }

  note(use: SerdeUse): void {
    this.#serdes.push(use)
  }

  retryOf(node: Node): RetryNode | undefined {
    return this.#failures.retryOf(node)
  }

  add(spec: NodeSpec): void {
    this.#nodes.push(Object.freeze(spec))
  }

  /** Adds what a node becomes, so that it tries again what it fails to do, where a `retry` covers it. */
  addRetried<S extends OperatorSpec | SplitSpec>(node: Node, spec: S): void {
    const retry = node.kind === 'call' ? undefined : this.retryOf(node)
    this.add(retry === undefined ? spec : retriedSpec(spec, node, this.#parked(retry, spec.name), this))
  }

  /** The store in which what `retry` covers waits for its next attempt. */
  #parked(retry: RetryNode, operator: string): { readonly store: string; readonly retry: RetryNode } {
    const operators = this.#retries.get(retry)
    if (operators === undefined) this.#retries.set(retry, [operator])
    else operators.push(operator)
    return { store: this.storeName(retry), retry }
  }

  /** Adds an operator that children of the node follow. */
  operator(node: Node, spec: Pick<OperatorSpec, 'type' | 'operator' | 'uses'> & Partial<OperatorSpec>): void {
    const name = this.name(node)
    const whole = {
      kind: 'operator',
      name,
      parents: this.parents(node),
      stores: [],
      ...this.base(node),
      ...spec,
    } as const
    this.addRetried(node, whole)
    this.follow(node, spec.name ?? name)
  }

  /** Children of the node follow what has this name. */
  follow(node: Node, output: string): void {
    this.#outputs.set(node, output)
  }

  /** Adds the store of a node and answers its name. */
  store(node: Node, wish: StoreWish, more: Pick<Partial<StoreSpec>, 'changelog' | 'rowsOf'> = {}): string {
    return this.addStore(node, { ...this.storeBase(node, wish), kind: 'key-value', ...more })
  }

  /** What a store of any kind is by the user's wish. */
  storeBase(node: Node, { key, value, cache, changelog, in: where }: StoreWish): StoreBase {
    const name = this.storeName(node)
    const at = `store ${name}`
    return {
      name,
      key: this.serde(key, 'key', at, node),
      value: this.serde(value, 'value', at, node),
      cache,
      changelog,
      in: where,
      line: node.line,
    }
  }

  /** For how long all that leads to a node must be silent for its time to go on without records; if it may at all. */
  idleAfter(node: Node): number | undefined {
    const found: number[] = []
    walkUp([node], above => {
      const actual = this.#standIn(above)
      if (actual.kind === 'source' && actual.options.idleAfter !== undefined) found.push(actual.options.idleAfter)
      return actual.parents
    })
    return found.length === 0 ? undefined : Math.max(...found)
  }

  /** Adds a store of any kind and answers its name. */
  addStore(node: Node, spec: StoreSpec): string {
    this.#stores.push([Object.freeze(spec), node])
    return spec.name
  }

  addGlobal(node: GlobalTableNode): void {
    const name = this.storeName(node)
    const at = `store ${name}`
    this.#globals.push([
      Object.freeze({
        name,
        topic: node.topic,
        key: this.serde(node.store.key, 'key', at, node),
        value: this.serde(node.store.value, 'value', at, node),
        in: node.store.in,
        onFailure: this.#failures.policyOf(node),
        line: node.line,
      }),
      node,
    ])
  }

  /** A store that was declared for processors. */
  declared(name: string): DeclaredStore | undefined {
    return this.#declared.find(({ handle }) => handle.name === name)
  }

  /** A store that was added already, by whatever node. */
  madeStore(name: string): StoreSpec | undefined {
    return this.#stores.find(([store]) => store.name === name)?.[0]
  }

  /** Whether a global table of this name was added already. */
  isGlobal(name: string): boolean {
    return this.#globals.some(([global]) => global.name === name)
  }

  /** Adds the topics of a repartition, one for each priority, and answers them from the lowest; the first has its plain name. */
  repartition(node: RepartitionNode): readonly Way[] {
    const { partitions, zones } = node
    const partitioner = this.#placementName(node.placement)
    const ways = this.#waysOf(node)
    for (const { name, topic } of ways) {
      this.#repartitions.push([{ name, topic, partitions, partitioner, ...(zones && { zones }) }, node])
    }
    if (ways.length > 1) {
      const topics = ways.map(({ topic }) => topic)
      this.#copartitions.push({ topics, operator: this.name(node), line: node.line })
    }
    return ways
  }

  #waysOf(node: RepartitionNode): Way[] {
    const plain = this.#names.repartition.get(node)!
    return prioritiesOf(node, this.#priorities).map((priority, i) => {
      const name = i === 0 ? plain : `${plain}-${waySuffix(priority)}`
      return { name, topic: repartitionTopic(this.application, name), priority }
    })
  }

  /** Tells the priority of a record that comes to a repartition by the topic that brought it into its task. */
  priorityOfTopic(node: RepartitionNode): (topic: string) => Priority {
    const above = [...sourcesAbove(node.parents, this.#standIn)].flatMap(source => {
      if (source.kind === 'repartition') return this.#waysOf(source)
      return source.kind === 'source'
        ? { topic: source.topic, priority: prioritiesOf(source, this.#priorities)[0]! }
        : []
    })
    return topic =>
      above.find(each => (typeof each.topic === 'string' ? each.topic === topic : topic.search(each.topic) !== -1))
        ?.priority ?? ordinary
  }

  /** Equal names for equal placements: functions are told apart by their numbers. */
  #placementName(placement: Placement): string {
    if (typeof placement === 'string') return placement
    if (!this.#places.includes(placement)) this.#places.push(placement)
    return `place#${this.#places.indexOf(placement) + 1}`
  }

  topicOf(node: Node): string {
    return repartitionTopic(this.application, this.#names.repartition.get(node)!)
  }

  /** Adds an internal topic of a node's own, the sink before it and the source behind it; answers the source's name. */
  through(
    node: Node,
    suffix: string,
    parents: readonly string[],
    key: Serde<any>,
    value: Serde<any>,
    partitioner: Partitioner | undefined,
  ): string {
    const name = `${this.storeName(node)}-${suffix}`
    const topic = repartitionTopic(this.application, name)
    const source = `${this.name(node)}.${suffix}`
    const base = this.base(node)
    this.#repartitions.push([{ name, topic, partitions: undefined, partitioner: 'murmur2' }, node])
    // Records without a key may pass here, unlike where they are brought together by it.
    const sink = { kind: 'sink', name: `${source}.sink`, repartition: undefined } as const
    this.add({ ...sink, parents, topic, key, value, partitioner, ...base })
    const reads = { topics: [topic], timestamp: undefined, from: 'earliest' } as const
    this.add({ kind: 'source', name: source, key, value, ...reads, ...base })
    return source
  }

  /** Adds an internal topic of one partition that nothing writes to, so that a node without inputs has one task. */
  anchor(node: Node, key: Serde<any>, value: Serde<any>): { readonly source: string; readonly topic: string } {
    const name = this.storeName(node)
    const topic = repartitionTopic(this.application, name)
    const source = `${this.name(node)}.topic`
    this.#repartitions.push([{ name, topic, partitions: 1, partitioner: 'murmur2' }, node])
    const reads = { topics: [topic], timestamp: undefined, from: 'earliest' } as const
    this.add({ kind: 'source', name: source, key, value, ...reads, ...this.base(node) })
    return { source, topic }
  }

  /** The topic that `through` added fits those of a table. */
  copartitionWith(node: Node, table: Node, suffix: string, by: 'key' | 'number'): void {
    const topic = repartitionTopic(this.application, `${this.storeName(node)}-${suffix}`)
    const others = topicsAbove(node, [table], this.#standIn, repartition => this.topicOf(repartition))
    this.#copartitions.push({ topics: [...others, topic], operator: this.name(node), line: node.line, by })
  }

  copartition(node: Node): void {
    const needed = copartitionOf(node, this.name(node), this.#standIn, repartition => this.topicOf(repartition))
    if (needed !== undefined) this.#copartitions.push(needed)
  }

  finish(module: string | undefined, choices: readonly InputChoiceSpec[]): Lowered {
    for (const [retry, operators] of this.#retries)
      this.addStore(retry, pendingStore(this.storeName(retry), operators, retry.line))
    checkDistinct(
      'store',
      [...this.#stores, ...this.#globals].map(([{ name }, node]) => [name, node] as const),
    )
    checkDistinct(
      'repartition',
      this.#repartitions.map(([{ name }, node]) => [name, node] as const),
    )
    const spec = {
      application: this.application,
      nodes: this.#nodes,
      stores: this.#stores.map(([store]) => store),
      repartitions: this.#repartitions.map(([repartition]) => repartition),
      globals: this.#globals.map(([global]) => global),
      copartitions: this.#copartitions,
      choices,
      module,
    }
    return { spec: Object.freeze(spec), serdes: this.#serdes }
  }
}

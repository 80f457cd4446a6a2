import { SluiceError } from '../src/errors.js'
import type { FailurePolicy } from '../src/topology/spec.js'
import type { DeclaredStore } from './add-store.js'
import type { PipelineRetry } from './retry.js'
import type { Node, SerdeChoice } from './nodes.js'

/** A part of a chain without a node: where it was written. */
interface Begun {
  readonly operator: string
  readonly line: string | undefined
}

/** What a pipeline collects while it is written: its nodes in the order of the calls, parents first. The only mutable part. */
export class Graph {
  readonly application: string
  readonly module: string | undefined
  /** The pipeline's default serde for values of a new type. */
  readonly defaultValue: SerdeChoice | undefined
  readonly #nodes: Node[] = []
  readonly #stores: DeclaredStore[] = []
  readonly #begun = new Map<object, Begun>()
  #policy: FailurePolicy
  #retry: PipelineRetry | undefined
  #sealedBy: string | undefined

  constructor(
    application: string,
    options: {
      readonly module: string | undefined
      readonly defaultValue: SerdeChoice | undefined
      readonly policy: FailurePolicy
    },
  ) {
    this.application = application
    this.module = options.module
    this.defaultValue = options.defaultValue
    this.#policy = options.policy
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }

  /** What was begun and leads to no aggregate yet. */
  get begun(): readonly Begun[] {
    return [...this.#begun.values()]
  }

  /** Notes a part of a chain that is no node before an aggregate follows. @throws SluiceError BAD_TOPOLOGY when sealed */
  begin<T extends object>(part: T, operator: string, line: string | undefined): T {
    this.#checkOpen(line)
    this.#begun.set(part, { operator, line })
    return part
  }

  /** Something follows the part. */
  goOn(part: object): void {
    this.#begun.delete(part)
  }

  /** The stores that processors use, as they were declared. */
  get stores(): readonly DeclaredStore[] {
    return this.#stores
  }

  /** @throws SluiceError BAD_TOPOLOGY when the pipeline is sealed */
  declare(store: DeclaredStore): void {
    this.#checkOpen(store.line)
    this.#stores.push(store)
  }

  /** What happens to records that no `deadLetter` or `skip` of a stream covers. */
  get policy(): FailurePolicy {
    return this.#policy
  }

  cover(policy: FailurePolicy, line: string | undefined): void {
    this.#checkOpen(line)
    this.#policy = policy
  }

  /** What is tried again where no `retry` of a stream covers it. */
  get retry(): PipelineRetry | undefined {
    return this.#retry
  }

  tryAgain(retry: PipelineRetry): void {
    this.#checkOpen(retry.line)
    this.#retry = retry
  }

  /** @throws SluiceError BAD_TOPOLOGY when the pipeline is sealed */
  add<N extends Node>(node: N): N {
    this.#checkOpen(node.line)
    Object.freeze(node.parents)
    Object.freeze(node)
    this.#nodes.push(node)
    return node
  }

  seal(by: string): void {
    this.#sealedBy ??= by
  }

  #checkOpen(line: string | undefined): void {
    if (this.#sealedBy === undefined) return
    throw new SluiceError('BAD_TOPOLOGY', `pipeline "${this.application}" is sealed since ${this.#sealedBy}`, {
      place: { line },
      hint: 'write all operators before the first start(), describe() or test driver',
    })
  }
}

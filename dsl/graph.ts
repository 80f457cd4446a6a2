import { SluiceError } from '../src/errors.js'
import type { FailurePolicy } from '../src/topology/spec.js'
import type { DeclaredStore } from './add-store.js'
import type { PipelineRetry } from './retry.js'
import type { Node, SerdeChoice } from './nodes.js'

/** What a pipeline collects while it is written: its nodes in the order of the calls, parents first. The only mutable part. */
export class Graph {
  readonly application: string
  readonly module: string | undefined
  /** The pipeline's default serde for values of a new type. */
  readonly defaultValue: SerdeChoice | undefined
  readonly #nodes: Node[] = []
  readonly #stores: DeclaredStore[] = []
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

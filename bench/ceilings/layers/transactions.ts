import type { Log, Producer } from '../../../src/log/log.js'
import { does, type Layer } from './layer.js'

/** A transaction of everything appended, with the positions on the input. */
export class Transactions {
  readonly producer: Producer
  readonly #input: string
  readonly #group: string
  readonly #positions: number[]

  private constructor(producer: Producer, { input, output, partitions }: Layer) {
    this.producer = producer
    this.#input = input
    this.#group = output
    this.#positions = Array.from({ length: partitions }, () => 0)
  }

  /** None where the layer writes nothing. */
  static async of(log: Log, layer: Layer): Promise<Transactions | undefined> {
    if (!does(layer, 'transactions')) return undefined
    const producer = log.producer({ transactionalId: layer.output })
    await producer.init()
    return new Transactions(producer, layer)
  }

  reached(partition: number, next: number): void {
    this.#positions[partition] = next
  }

  commit(): Promise<void> {
    const positions = this.#positions.map((offset, partition) => ({
      topic: this.#input,
      partition,
      offset,
      metadata: '',
    }))
    return this.producer.commit({ group: this.#group, positions })
  }
}

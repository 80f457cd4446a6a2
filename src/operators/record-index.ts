import type { CurrentRecord } from './operator.js'

/** Numbers what an operator keeps of one record: the same numbers, when the record is worked on again. */
export class RecordIndex {
  readonly #record: CurrentRecord
  readonly #name: string
  #topic = ''
  #partition = -1
  #offset = -1
  #path = ''
  #count = 0

  /** @param name of the operator: several may keep something of the same record */
  constructor(record: CurrentRecord, name: string) {
    this.#record = record
    this.#name = name
  }

  next(): string {
    const { topic, partition, offset, path } = this.#record
    const isSame =
      offset === this.#offset && path === this.#path && partition === this.#partition && topic === this.#topic
    if (!isSame) {
      this.#topic = topic
      this.#partition = partition
      this.#offset = offset
      this.#path = path
      this.#count = 0
    }
    return `${this.#name}:${this.#count++}`
  }
}

import type { CurrentRecord } from './operator.js'

/** Numbers what an operator keeps of one record, by the path: the same numbers, when the record is worked on again. */
export class RecordIndex {
  readonly #record: CurrentRecord
  readonly #name: string
  #turn = -1
  #path = ''
  #count = 0
  /** Where it went on with another path, or with a record that was held back: the former one may still come here. */
  readonly #others = new Map<string, number>()
  #outermost = -1

  /** @param name of the operator: several may keep something of the same record */
  constructor(record: CurrentRecord, name: string) {
    this.#record = record
    this.#name = name
  }

  next(): string {
    const { turn, path } = this.#record
    if (turn !== this.#turn || path !== this.#path) this.#goOn(turn, path)
    return `${this.#name}:${this.#count++}`
  }

  #goOn(turn: number, path: string): void {
    const { outermost } = this.#record
    if (outermost === this.#outermost) this.#others.set(`${this.#turn} ${this.#path}`, this.#count)
    else if (this.#others.size > 0) this.#others.clear()
    this.#outermost = outermost
    this.#turn = turn
    this.#path = path
    this.#count = this.#others.get(`${turn} ${path}`) ?? 0
  }
}

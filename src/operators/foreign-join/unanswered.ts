import { asBuffer } from '../../serde/buffer.js'
import type { Serde } from '../../serde/serde.js'
import type { CurrentRecord } from '../operator.js'

/**
 * The left rows of which no answer to their present value has come yet: the result that is told of them may be that of a
 * former value, whose own answer is dropped. As long as that may be, each change of such a row asks for an answer, also
 * where there is no foreign row and where there is no foreign key; one of them takes the former result away. (Kafka Streams
 * keeps the former result where a row is deleted and made again before the answer to the deletion is there.)
 *
 * In memory: a task that has just started knows of none.
 */
export class Unanswered<K> {
  readonly #serde: Serde<K>
  readonly #keys: Set<string>

  constructor(serde: Serde<K>, keys: Set<string>) {
    this.#serde = serde
    this.#keys = keys
  }

  has(key: K): boolean {
    return this.#keys.size > 0 && this.#keys.has(this.#text(key))
  }

  add(key: K): void {
    this.#keys.add(this.#text(key))
  }

  delete(key: K): void {
    if (this.#keys.size > 0) this.#keys.delete(this.#text(key))
  }

  #text(key: K): string {
    return asBuffer(this.#serde.serialize(key)).toString('latin1')
  }
}

/** Those of a join, for the two of its operators that are in one task. */
export function unansweredOf(): <K>(record: CurrentRecord, serde: Serde<K>) => Unanswered<K> {
  // A task has one of these, and all of its operators the same.
  const all = new WeakMap<CurrentRecord, Set<string>>()
  return (record, serde) => {
    let keys = all.get(record)
    if (keys === undefined) all.set(record, (keys = new Set()))
    return new Unanswered(serde, keys)
  }
}

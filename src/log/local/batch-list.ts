import type { RecordBatch } from '../batch/batch.js'

/** Batches of one partition in offset order, held in memory. Taking from the front is cheap. */
export class BatchList {
  #list: RecordBatch[] = []
  #head = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get first(): RecordBatch | undefined {
    return this.#list[this.#head]
  }

  push(batch: RecordBatch): void {
    this.#list.push(batch)
    this.#bytes += batch.bytes
  }

  shift(): RecordBatch | undefined {
    const batch = this.#list[this.#head]
    if (batch === undefined) return undefined
    this.#bytes -= batch.bytes
    if (++this.#head > 32 && this.#head * 2 > this.#list.length) {
      this.#list = this.#list.slice(this.#head)
      this.#head = 0
    }
    return batch
  }

  /** The batches from the one that holds `offset` (or the first after it) on: at least one, then up to `maxBytes`. */
  from(offset: number, maxBytes: number): RecordBatch[] {
    const taken: RecordBatch[] = []
    let bytes = 0
    for (let i = this.#find(offset); i < this.#list.length; i++) {
      const batch = this.#list[i]!
      bytes += batch.bytes
      if (taken.length > 0 && bytes > maxBytes) break
      taken.push(batch)
    }
    return taken
  }

  /** Forgets the batches that lie wholly before `offset`. */
  dropBefore(offset: number): void {
    while (this.first !== undefined && this.first.lastOffset < offset) this.shift()
  }

  /** Puts a compacted batch in the place of the one with its base offset; `undefined` takes that one out. */
  replace(baseOffset: number, batch: RecordBatch | undefined): void {
    const i = this.#find(baseOffset)
    const former = this.#list[i]
    if (former?.baseOffset !== baseOffset) return
    this.#bytes += (batch?.bytes ?? 0) - former.bytes
    if (batch === undefined) this.#list.splice(i, 1)
    else this.#list[i] = batch
  }

  #find(offset: number): number {
    let low = this.#head
    let high = this.#list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#list[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

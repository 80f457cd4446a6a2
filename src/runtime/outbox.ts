import { recordTooLarge } from '../log/batch-limits.js'
import { BatchBuilder } from '../log/batch/builder.js'
import type { Producer } from '../log/log.js'
import { RecordHeaders } from '../record.js'
import type { Serializer } from '../serde/serde.js'

/** A batch is handed over when it has grown to this many bytes, well below what any log refuses. */
const fullBatch = 256 << 10

/**
 * What a worker has written and no commit has taken: one growing batch per partition. Full batches go to the producer at
 * once, the others at the commit; builders come back when the commit has settled and are used again.
 */
export class Outbox {
  /** Bytes written since the last `handOver`, those included that the producer already has. */
  bytes = 0
  readonly #producer: Producer
  readonly #limitOf: (topic: string) => number
  readonly #holds: boolean
  readonly #full: (() => void)[] = []
  readonly #open = new Map<string, OpenBatches>()
  readonly #free: BatchBuilder[] = []
  /** Of the topic that was written to last. */
  #limit = 0

  /**
   * @param limitOf the largest batch that a topic takes, in bytes
   * @param holds keeps full batches, too, until they are handed over
   */
  constructor(producer: Producer, limitOf: (topic: string) => number, { holds = false }: { holds?: boolean } = {}) {
    this.#producer = producer
    this.#limitOf = limitOf
    this.#holds = holds
  }

  /**
   * Writes a record whose key lies in `keys[start, end)` (`end` -1: null).
   *
   * @throws SluiceError RECORD_TOO_LARGE; whatever the serializer throws. Nothing was written then.
   */
  add<V>(
    topic: string,
    partition: number,
    timestamp: number,
    keys: Buffer,
    start: number,
    end: number,
    value: V | null,
    serializer: Serializer<V>,
    headers: RecordHeaders,
  ): void {
    const batch = this.#batch(topic, partition)
    const bytes = batch.add(timestamp, keys, start, end, value, serializer, headers)
    if (this.#taken(topic, partition, batch, bytes)) return
    this.add(topic, partition, timestamp, keys, start, end, value, serializer, headers)
  }

  /** As `add`, with the value's bytes in `values[valueStart, valueEnd)` (`valueEnd` -1: null). */
  addRaw(
    topic: string,
    partition: number,
    timestamp: number,
    keys: Uint8Array,
    start: number,
    end: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
    headers: RecordHeaders,
  ): void {
    const batch = this.#batch(topic, partition)
    const bytes = batch.addRaw(timestamp, keys, start, end, values, valueStart, valueEnd, headers)
    if (this.#taken(topic, partition, batch, bytes)) return
    this.addRaw(topic, partition, timestamp, keys, start, end, values, valueStart, valueEnd, headers)
  }

  /** Everything written so far goes to the producer: what a commit takes. */
  handOver(): void {
    for (const [topic, { batches }] of this.#open) {
      for (let partition = 0; partition < batches.length; partition++) {
        const batch = batches[partition]
        if (batch !== undefined && batch.count > 0) this.#hand(topic, partition, batch)
      }
    }
    for (const append of this.#full.splice(0)) append()
    this.bytes = 0
  }

  /** Forgets what was written and not handed over. */
  clear(): void {
    this.#open.clear()
    this.#full.length = 0
    this.bytes = 0
  }

  #batch(topic: string, partition: number): BatchBuilder {
    let open = this.#open.get(topic)
    if (open === undefined) this.#open.set(topic, (open = { limit: this.#limitOf(topic), batches: [] }))
    this.#limit = open.limit
    return (open.batches[partition] ??= this.#free.pop() ?? new BatchBuilder())
  }

  /** Whether the record stays in this batch; otherwise it has to be written once more, into the next one. */
  #taken(topic: string, partition: number, batch: BatchBuilder, bytes: number): boolean {
    if (batch.bytes > this.#limit) {
      batch.undo()
      if (batch.count === 0) throw recordTooLarge(topic, partition, bytes, this.#limit)
      this.#hand(topic, partition, batch)
      return false
    }
    this.bytes += bytes
    if (batch.bytes >= fullBatch) this.#hand(topic, partition, batch)
    return true
  }

  #hand(topic: string, partition: number, batch: BatchBuilder): void {
    this.#open.get(topic)!.batches[partition] = undefined
    const append = (): void => this.#producer.append(topic, partition, batch, this.#release)
    if (this.#holds) this.#full.push(append)
    else append()
  }

  readonly #release = (batch: BatchBuilder): void => {
    batch.reset()
    if (this.#free.length < 64) this.#free.push(batch)
  }
}

interface OpenBatches {
  readonly limit: number
  readonly batches: (BatchBuilder | undefined)[]
}

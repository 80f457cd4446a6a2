import type { Fetched, Position } from '../../log/log.js'
import { partitionId, type TopicPartition } from '../../record.js'
import type { FetchesAhead, ManagedStore } from '../../store/key-value.js'
import type { CompiledTask } from '../../topology/compile.js'
import { FairQueue } from './fair-queue.js'
import { none, type InputChoice } from './input-choice.js'
import { choiceOf, levelOf, weightOf } from './input-choices.js'
import type { InputQueue } from './input-queue.js'
import { LookAhead } from './look-ahead.js'
import { PartitionQueue } from './partition-queue.js'
import { readMetadata, writeMetadata, type StoreNames } from '../position-metadata.js'
import { RateSlots } from './rate-slots.js'
import type { TaskParts } from '../task.js'

type Source = CompiledTask['sources'][number]

const inOrderOfOffsets = { by: () => undefined, lookAhead: 1 }

/** What a task reads: a queue for each of its partitions, which of them is next, and the positions to commit. */
export class TaskInputs {
  readonly queues: InputQueue[] = []
  /** Of each queue. */
  readonly sources: Source[] = []
  /** How many turns the task has where others have one. */
  weight = 1
  /** The highest priority of an input: what comes back from outside may be of a record of it. */
  highest = 0
  /** The priority of a topic; of one that is not read here the lowest. Nothing where all have one. */
  readonly levelOf: ((topic: string) => number) | undefined
  readonly #parts: TaskParts
  readonly #byPartition = new Map<string, InputQueue>()
  /** Where there are several. */
  #choice: InputChoice | undefined

  constructor(parts: TaskParts) {
    this.#parts = parts
    const { inputs, sub } = parts
    const level = (name: string): number => levelOf(sub.sources.find(source => source.name === name)!)
    const levels = new Map(inputs.map(({ topic, source }) => [topic, level(source)]))
    const lowest = Math.min(...levels.values())
    if (new Set(levels.values()).size > 1) this.levelOf = topic => levels.get(topic) ?? lowest
  }

  /** One position and one known end for each input. Answers the stream time that was committed with them. */
  begin(
    sources: readonly Source[],
    positions: ReadonlyMap<string, Position>,
    ends: ReadonlyMap<string, number>,
  ): number {
    let latestTime = -1
    for (const { topic, partition, source: name } of this.#parts.inputs) {
      const id = partitionId(topic, partition)
      const source = sources.find(({ node }) => node.name === name)!
      const { offset, metadata } = positions.get(id)!
      const { streamTime, ahead, latest } = readMetadata(metadata)
      const begin = { offset, end: ends.get(id) ?? offset, latest, ahead }
      const queue = this.#queue(source, { topic, partition }, begin)
      latestTime = Math.max(latestTime, streamTime)
      this.queues.push(queue)
      this.sources.push(source)
      this.#byPartition.set(id, queue)
    }
    const nodes = this.sources.map(({ node }) => node)
    this.highest = Math.max(...this.queues.map(({ level }) => level))
    this.weight = weightOf(nodes)
    if (this.queues.length > 1) this.#choice = choiceOf(this.#parts.sub.choices, this.sources, this.queues)
    return latestTime
  }

  add(fetched: Fetched): void {
    this.#byPartition.get(partitionId(fetched.topic, fetched.partition))?.add(fetched)
  }

  get lag(): number {
    return this.queues.reduce((sum, queue) => sum + queue.lag, 0)
  }

  get ready(): boolean {
    return this.queues.some(queue => queue.ready)
  }

  /** The highest priority among what is ready. */
  get level(): number {
    let level = Number.NEGATIVE_INFINITY
    for (const queue of this.queues) if (queue.level > level && queue.ready) level = queue.level
    return level
  }

  /** The index of the input whose record is taken now; `none` where nothing is ready. */
  take(): number {
    const choice = this.#choice
    if (choice === undefined) return this.queues[0]?.ready === true ? 0 : none
    const index = choice.head()
    if (index !== none) choice.took()
    return index
  }

  /** When a record may go that a rate held back at `since`, in milliseconds since the epoch; infinity when there is none. */
  opensAt(since: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const queue of this.queues) if (queue.gate !== undefined) next = Math.min(next, queue.opensAt(since))
    return next
  }

  /** What to commit, with what goes with each position. */
  positions(streamTime: number, pending: number, names: StoreNames): (TopicPartition & Position)[] {
    const most = writeMetadata({ streamTime, pending, latest: -1, ahead: '', ...names })
    return this.queues.map(({ topic, partition, position: offset, latest, ahead }) => {
      const isMost = latest < 0 && ahead === ''
      const metadata = isMost ? most : writeMetadata({ streamTime, pending, latest, ahead, ...names })
      return { topic, partition, offset, metadata }
    })
  }

  #queue(
    source: Source,
    { topic, partition }: TopicPartition,
    begin: { readonly offset: number; readonly end: number; readonly latest: number; readonly ahead: string },
  ): InputQueue {
    const gate = this.#gate(source, topic, partition)
    const { fair } = source.node
    const { offset, end, latest, ahead } = begin
    if (fair === undefined && ahead === '') {
      return new PartitionQueue(topic, partition, offset, end, source, latest, gate, this.#lookAhead(source))
    }
    const inner = new PartitionQueue(topic, partition, offset, end, source, latest)
    // What was taken by turns when the source said so is not taken again now that it does not.
    return new FairQueue(inner, source, fair ?? inOrderOfOffsets, ahead, this.#parts.maxPartitionBytes, gate)
  }

  #lookAhead({ asks }: Source): LookAhead | undefined {
    const stores = asks.map(name => this.#parts.stores.get(name) as ManagedStore & FetchesAhead)
    return stores.length === 0 ? undefined : new LookAhead(stores)
  }

  /** Each partition has its share of the rate. */
  #gate({ node: { rate } }: Source, topic: string, partition: number): RateSlots | undefined {
    const { sizes, now } = this.#parts
    return rate === undefined ? undefined : new RateSlots(rate, partition, () => sizes.known(topic) ?? 1, now)
  }
}

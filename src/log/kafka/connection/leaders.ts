import type { TopicPartition } from '../../../record.js'
import { unknownPartition, unknownTopic } from '../../unknown-topic.js'
import { code, codeName } from '../codes.js'
import { isDenied, refusal } from '../refusal.js'
import type { TopicMetadata } from '../requests/metadata.js'
import type { Cluster } from './cluster.js'
import { TryAgain } from './retry.js'

/** A topic that was just made is not known to every broker at once: it counts as unknown after so long, in milliseconds. */
const patience = 1500

/** Which broker leads each partition, as far as was asked; read again when an answer shows that it is stale. */
export class Leaders {
  readonly #cluster: Cluster
  readonly #topics = new Map<string, readonly number[]>()
  /** Topics that no broker knew, since when. */
  readonly #missing = new Map<string, number>()
  /** Topics that the broker does not tell about, when they were last asked for. */
  readonly #refused = new Map<string, Error>()
  #wanted = new Set<string>()
  #refresh: Promise<void> | undefined

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** The leader's node id, where it is known. */
  known(topic: string, partition: number): number | undefined {
    const leader = this.#topics.get(topic)?.[partition]
    return leader === undefined || leader < 0 ? undefined : leader
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /**
   * The leader of a partition.
   *
   * @throws TryAgain while there is none, ConnectionLost, SluiceError UNKNOWN_TOPIC, BROKER when reading is not allowed
   */
  async find(topic: string, partition: number): Promise<number> {
    if (this.known(topic, partition) === undefined) await this.#read(topic)
    const refused = this.#refused.get(topic)
    if (refused !== undefined) throw refused
    const leaders = this.#topics.get(topic)
    if (leaders === undefined) throw this.#unknown(topic)
    if (partition >= leaders.length) throw unknownPartition(topic, partition, leaders.length)
    const leader = this.known(topic, partition)
    if (leader === undefined) throw new TryAgain(`partition ${partition} of ${topic} has no leader`)
    return leader
  }

  /** The partitions by their leader's node id. @throws as `find` */
  async group<T extends TopicPartition>(partitions: readonly T[]): Promise<Map<number, T[]>> {
    const groups = new Map<number, T[]>()
    await Promise.all(
      partitions.map(async one => {
        const leader = this.known(one.topic, one.partition) ?? (await this.find(one.topic, one.partition))
        const group = groups.get(leader)
        if (group === undefined) groups.set(leader, [one])
        else group.push(one)
      }),
    )
    return groups
  }

  /** Everything asked for in the same moment goes into one request, and one is in flight at a time. */
  async #read(topic: string): Promise<void> {
    this.#wanted.add(topic)
    while (this.#wanted.has(topic)) {
      this.#refresh ??= Promise.resolve().then(async () => {
        const topics = Array.from(this.#wanted)
        this.#wanted = new Set()
        try {
          for (const one of (await this.#cluster.metadata(topics)).topics) this.#take(one)
        } finally {
          this.#refresh = undefined
        }
      })
      await this.#refresh
    }
    await this.#refresh
  }

  #take({ name, error, partitions }: TopicMetadata): void {
    this.#refused.delete(name)
    if (isDenied(error) || error === code.invalidTopic) {
      this.#refused.set(name, refusal(error, 'its metadata', { topic: name }))
    }
    if (error !== code.none && error !== code.leaderNotAvailable) {
      this.#topics.delete(name)
      if (error === code.unknownTopicOrPartition) {
        if (!this.#missing.has(name)) this.#missing.set(name, performance.now())
      }
      return
    }
    this.#missing.delete(name)
    const leaders: number[] = Array.from({ length: partitions.length }, () => -1)
    for (const { partition, leader } of partitions) leaders[partition] = leader
    this.#topics.set(name, leaders)
  }

  #unknown(topic: string): Error {
    const since = this.#missing.get(topic)
    if (since === undefined || performance.now() - since < patience) {
      return new TryAgain(`${codeName(code.unknownTopicOrPartition)} for ${topic}`)
    }
    this.#missing.delete(topic)
    return unknownTopic(topic)
  }
}

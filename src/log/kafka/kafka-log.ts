import type { TopicPartition } from '../../record.js'
import type {
  Isolation,
  Log,
  Member,
  MemberOptions,
  Position,
  Producer,
  ProducerOptions,
  Reader,
  ReaderOptions,
  Stability,
} from '../log.js'
import { code } from './codes.js'
import { Cluster } from './connection/cluster.js'
import { CoordinatorLink } from './connection/coordinators.js'
import { Leaders } from './connection/leaders.js'
import { KafkaMember } from './member/member.js'
import { Offsets } from './offsets.js'
import type { KafkaSettings } from './options.js'
import { KafkaProducer } from './producer/producer.js'
import { KafkaReader } from './reader/reader.js'
import { refusal } from './refusal.js'
import { leaveGroupRequest } from './requests/leave-group.js'
import { Settling } from './settling.js'
import { KafkaTopics } from './topics.js'

/** A log on a Kafka cluster. */
export class KafkaLog implements Log {
  readonly kind = 'kafka'
  readonly maxBatchBytes: number
  readonly transactionTimeout: number
  readonly topics: KafkaTopics
  readonly #cluster: Cluster
  readonly #leaders: Leaders
  readonly #offsets: Offsets
  readonly #settling: Settling

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#leaders = new Leaders(cluster)
    this.#offsets = new Offsets(cluster, this.#leaders)
    this.#settling = new Settling(cluster)
    this.topics = new KafkaTopics(cluster, this.#leaders)
    this.maxBatchBytes = cluster.settings.maxBatchBytes
    this.transactionTimeout = cluster.settings.transactionTimeout
  }

  /** @throws SluiceError BROKER when no broker answers in time, BAD_ARGUMENT */
  static async open(settings: KafkaSettings): Promise<KafkaLog> {
    const cluster = new Cluster(settings)
    try {
      await cluster.start()
    } catch (error) {
      await cluster.close()
      throw error
    }
    return new KafkaLog(cluster)
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
    when: Stability = 'stable',
  ): Promise<ReadonlyMap<string, Position>> {
    if (when === 'now') await this.#settling.done()
    return this.#offsets.committed(group, partitions, when)
  }

  allCommitted(group: string): Promise<readonly (TopicPartition & Position)[]> {
    return this.#offsets.allCommitted(group)
  }

  startOffsets(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#offsets.start(partitions)
  }

  async endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<ReadonlyMap<string, number>> {
    if (isolation === 'read_committed') await this.#settling.done()
    return this.#offsets.end(partitions, isolation)
  }

  offsetsAt(partitions: readonly TopicPartition[], timestamp: number): Promise<ReadonlyMap<string, number>> {
    return this.#offsets.at(partitions, timestamp)
  }

  reader(options: ReaderOptions): Reader {
    return new KafkaReader(this.#cluster, this.#leaders, options)
  }

  producer(options: ProducerOptions): Producer {
    return new KafkaProducer(this.#cluster, this.#leaders, this.#settling, options)
  }

  member(options: MemberOptions): Member {
    return new KafkaMember(this.#cluster, options)
  }

  /** What Kafka's admin client calls removing a member from a group: a LeaveGroup without the member's id. */
  async evict(group: string, instanceId: string, patience: number = this.#cluster.settings.apiTimeout): Promise<void> {
    const link = this.#cluster.link()
    const coordinator = new CoordinatorLink(this.#cluster, link, 'group', group)
    const claim = { group, memberId: '', generation: -1, instanceId }
    try {
      const leaving = () => coordinator.send(leaveGroupRequest(claim), one => one)
      const error = await this.#cluster.retry('leaving the group', leaving, { timeout: patience })
      if (error !== code.none && error !== code.unknownMemberId) throw refusal(error, `leaving group ${group}`, {})
    } finally {
      this.#cluster.unlink(link)
    }
  }

  giveUp(): void {
    this.#cluster.giveUp()
  }

  /** Closes readers, producers and members too. A member leaves its group only by `leave`. */
  close(): Promise<void> {
    return this.#cluster.close()
  }
}

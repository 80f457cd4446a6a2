import { partitionId, type TopicPartition } from '../../record.js'
import type { Isolation, Position, Stability } from '../log.js'
import { code, codeName } from './codes.js'
import type { Cluster } from './connection/cluster.js'
import { CoordinatorLink } from './connection/coordinators.js'
import { eachLeader } from './connection/each-leader.js'
import type { Leaders } from './connection/leaders.js'
import type { Link } from './connection/link.js'
import { TryAgain } from './connection/retry.js'
import { refusal } from './refusal.js'
import { earliest, latest, listOffsetsRequest } from './requests/list-offsets.js'
import { offsetFetchRequest } from './requests/offset-fetch.js'

/** Milliseconds until positions that an open transaction holds are asked for again. */
const unstableDelay = 10

/** Reads offsets: of partitions and of groups. */
export class Offsets {
  readonly #cluster: Cluster
  readonly #leaders: Leaders
  readonly #link: Link
  /** By group. Each task asks for its own positions: a look-up for each would double that. */
  readonly #coordinators = new Map<string, CoordinatorLink>()

  constructor(cluster: Cluster, leaders: Leaders) {
    this.#cluster = cluster
    this.#leaders = leaders
    this.#link = cluster.link()
  }

  start(partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
    return this.#list(partitions, earliest, 'read_uncommitted')
  }

  end(partitions: readonly TopicPartition[], isolation: Isolation): Promise<Map<string, number>> {
    return this.#list(partitions, latest, isolation)
  }

  async at(partitions: readonly TopicPartition[], timestamp: number): Promise<Map<string, number>> {
    const found = await this.#list(partitions, timestamp, 'read_uncommitted')
    const none = partitions.filter(({ topic, partition }) => found.get(partitionId(topic, partition)) === -1)
    if (none.length > 0) for (const [id, offset] of await this.end(none, 'read_uncommitted')) found.set(id, offset)
    return found
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
    when: Stability,
  ): Promise<Map<string, Position>> {
    if (partitions.length === 0) return new Map()
    const positions = await this.#fetch(group, partitions, when)
    return new Map(positions.map(({ topic, partition, ...position }) => [partitionId(topic, partition), position]))
  }

  allCommitted(group: string): Promise<(TopicPartition & Position)[]> {
    return this.#fetch(group, null, 'now')
  }

  async #fetch(
    group: string,
    partitions: readonly TopicPartition[] | null,
    when: Stability,
  ): Promise<(TopicPartition & Position)[]> {
    const what = `reading the positions of group ${group}`
    const coordinator = this.#coordinatorOf(group)
    // A transaction that a dead process left open is aborted after its timeout, and only then the answer comes.
    const { apiTimeout, transactionTimeout } = this.#cluster.settings
    const timeout = Math.max(apiTimeout, transactionTimeout * 2)
    const positions: (TopicPartition & Position)[] = []
    let left = partitions
    return this.#cluster.retry(
      what,
      async () => {
        const answer = await coordinator.send(offsetFetchRequest(group, left, when === 'stable'), one => one.error)
        if (answer.error !== code.none) throw refusal(answer.error, what, {})
        const unstable: TopicPartition[] = []
        for (const { topic, partition, error, offset, metadata } of answer.partitions) {
          if (error === code.unstableOffsetCommit) unstable.push({ topic, partition })
          else if (error !== code.none && error !== code.unknownTopicOrPartition)
            throw refusal(error, what, { topic, partition })
          else if (offset >= 0) positions.push({ topic, partition, offset, metadata })
        }
        if (unstable.length === 0) return positions
        // Of several owners at work, hardly ever none has a transaction open.
        left = unstable
        throw new TryAgain(`${codeName(code.unstableOffsetCommit)}: a transaction is open`, unstableDelay)
      },
      { timeout },
    )
  }

  #coordinatorOf(group: string): CoordinatorLink {
    const known = this.#coordinators.get(group)
    if (known !== undefined) return known
    const coordinator = new CoordinatorLink(this.#cluster, this.#link, 'group', group)
    this.#coordinators.set(group, coordinator)
    return coordinator
  }

  async #list(
    partitions: readonly TopicPartition[],
    timestamp: number,
    isolation: Isolation,
  ): Promise<Map<string, number>> {
    const wanted = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
    const results = await eachLeader(this.#cluster, this.#leaders, 'reading offsets', wanted, group =>
      listOffsetsRequest(isolation, group),
    )
    return new Map(results.map(one => [partitionId(one.topic, one.partition), one.offset]))
  }
}

import { SluiceError, counted } from '../../errors.js'
import type { TopicPartition } from '../../record.js'
import type { TopicInfo, TopicSpec, Topics } from '../log.js'
import { code, codeName } from './codes.js'
import { ConnectionLost } from './connection/broker-connection.js'
import type { Cluster } from './connection/cluster.js'
import { eachLeader } from './connection/each-leader.js'
import type { Leaders } from './connection/leaders.js'
import { TryAgain } from './connection/retry.js'
import { refusal } from './refusal.js'
import { createTopicsRequest, type TopicResult } from './requests/create-topics.js'
import { deleteRecordsRequest } from './requests/delete-records.js'
import { deleteTopicsRequest } from './requests/delete-topics.js'
import { describeConfigsRequest } from './requests/describe-configs.js'
import type { TopicMetadata } from './requests/metadata.js'
import type { Request } from './wire/request.js'

/** Milliseconds between two looks at a change that is on its way through the cluster. */
const poll = 20

export class KafkaTopics implements Topics {
  readonly #cluster: Cluster
  readonly #leaders: Leaders

  constructor(cluster: Cluster, leaders: Leaders) {
    this.#cluster = cluster
    this.#leaders = leaders
  }

  async create(specs: readonly TopicSpec[]): Promise<void> {
    await this.#change(
      `creating ${nameList(specs.map(spec => spec.name))}`,
      specs,
      spec => spec.name,
      (left, timeout) => createTopicsRequest(left, timeout),
      // A first attempt whose answer was lost may have made it.
      (result, repeated) =>
        repeated && result.error === code.topicAlreadyExists ? undefined : this.#notCreated(result, specs),
    )
    const names = specs.map(spec => spec.name)
    const what = `waiting for the leaders of ${nameList(names)}`
    await this.#settle(what, names, topics => {
      refuseDenied(topics, what)
      return specs.every(spec => {
        const partitions = topics.find(({ name }) => name === spec.name)?.partitions ?? []
        return partitions.length >= spec.partitions && partitions.every(one => one.leader >= 0)
      })
    })
  }

  async list(): Promise<readonly string[]> {
    const { topics } = await this.#cluster.retry('listing the topics', () => this.#cluster.metadata(null))
    return topics.filter(topic => !topic.internal && topic.error === code.none).map(topic => topic.name)
  }

  async describe(names: readonly string[], options: { config?: boolean } = {}): Promise<readonly TopicInfo[]> {
    if (names.length === 0) return []
    const what = `describing ${nameList(names)}`
    const { topics } = await this.#cluster.retry(what, async () => {
      const answer = await this.#cluster.metadata(names)
      const waiting = answer.topics.find(topic => topic.error === code.leaderNotAvailable)
      if (waiting !== undefined) throw new TryAgain(`${waiting.name} has no leaders`)
      return answer
    })
    const found = topics.filter(topic => topic.error === code.none)
    refuseDenied(topics, what)
    const configs = options.config === true ? await this.#configs(found.map(topic => topic.name)) : undefined
    return found.map(topic => ({
      name: topic.name,
      id: topic.id,
      partitions: topic.partitions.length,
      replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
      config: configs?.get(topic.name) ?? {},
      internal: topic.internal,
    }))
  }

  async delete(names: readonly string[]): Promise<void> {
    const what = `deleting ${nameList(names)}`
    await this.#change(
      what,
      names,
      name => name,
      (left, timeout) => deleteTopicsRequest(left, timeout),
      (result, repeated) =>
        repeated && result.error === code.unknownTopicOrPartition
          ? undefined
          : refusal(result.error, what, { topic: result.topic }, result.message),
    )
    for (const name of names) this.#leaders.forget(name)
    await this.#settle(`waiting until ${nameList(names)} is gone`, names, topics => !topics.some(isThere))
  }

  async deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    if (before.length === 0) return
    // The broker takes -1 for the end; nobody means that here.
    const wrong = before.find(one => !Number.isSafeInteger(one.offset) || one.offset < 0)
    if (wrong !== undefined) throw refusal(code.offsetOutOfRange, 'deleting records', wrong)
    const timeout = this.#cluster.settings.apiTimeout
    await eachLeader(this.#cluster, this.#leaders, 'deleting records', before, group =>
      deleteRecordsRequest(group, timeout),
    )
  }

  async #configs(names: readonly string[]): Promise<Map<string, Readonly<Record<string, string>>>> {
    const what = `reading the settings of ${nameList(names)}`
    return this.#cluster.retry(what, async () => {
      const results = await this.#cluster.send(undefined, describeConfigsRequest(names))
      for (const { topic, error, message } of results) {
        if (error === code.unknownTopicOrPartition) throw new TryAgain(`${codeName(error)} for ${topic}`)
        if (error !== code.none) throw refusal(error, what, { topic }, message)
      }
      return new Map(results.map(one => [one.topic, one.config]))
    })
  }

  /** A change by the controller, repeated for the topics where that may help. */
  async #change<T>(
    what: string,
    items: readonly T[],
    nameOf: (item: T) => string,
    request: (left: readonly T[], timeout: number) => Request<TopicResult[]>,
    refused: (result: TopicResult, repeated: boolean) => SluiceError | undefined,
  ): Promise<void> {
    let left = items
    let repeated = false
    const timeout = this.#cluster.settings.apiTimeout
    if (left.length === 0) return
    await this.#cluster.retry(what, async () => {
      const again = repeated
      repeated = true
      const results = await this.#cluster
        .send(this.#cluster.controller, request(left, timeout))
        .catch(async (cause: unknown) => {
          // Another broker may be the controller by now; where none says so, the one there was is asked again.
          if (cause instanceof ConnectionLost) await this.#cluster.metadata([]).catch(() => {})
          throw cause
        })
      const passing = results.filter(one => isPassingChange(one.error))
      left = left.filter(item => passing.some(one => one.topic === nameOf(item)))
      for (const result of results) {
        const error = result.error === code.none || passing.includes(result) ? undefined : refused(result, again)
        if (error !== undefined) throw error
      }
      if (passing[0] === undefined) return
      if (passing[0].error === code.notController) await this.#cluster.metadata([])
      throw new TryAgain(`${codeName(passing[0].error)} for ${passing[0].topic}`)
    })
  }

  async #settle(
    what: string,
    names: readonly string[],
    done: (topics: readonly TopicMetadata[]) => boolean,
  ): Promise<void> {
    await this.#cluster.retry(what, async () => {
      const { topics } = await this.#cluster.metadata(names)
      if (!done(topics)) throw new TryAgain('the brokers are not there yet', poll)
    })
  }

  #notCreated({ topic, error, message }: TopicResult, specs: readonly TopicSpec[]): SluiceError {
    const what = `creating ${topic}`
    if (error === code.topicAlreadyExists) {
      return new SluiceError('TOPIC_EXISTS', `topic ${JSON.stringify(topic)} exists already`, {
        place: { topic },
        hint: 'use it as it is, or delete it first',
      })
    }
    if (error === code.invalidReplicationFactor) {
      const wanted = specs.find(spec => spec.name === topic)?.replicationFactor
      const { size } = this.#cluster
      return new SluiceError(
        'REPLICATION',
        `topic ${JSON.stringify(topic)} cannot have ${wanted ?? 'the default number of'} copies: the cluster has ${counted(size, 'broker')}`,
        { place: { topic }, hint: `use a replication factor of at most ${size}, or start more brokers` },
      )
    }
    return refusal(error, what, { topic }, message)
  }
}

function refuseDenied(topics: readonly TopicMetadata[], what: string): void {
  const denied = topics.find(topic => topic.error === code.topicAuthorizationFailed)
  if (denied !== undefined) throw refusal(denied.error, what, { topic: denied.name })
}

function isThere({ error }: TopicMetadata): boolean {
  return error === code.none || error === code.leaderNotAvailable
}

const passingChanges = new Set<number>([
  code.notController,
  code.requestTimedOut,
  code.throttlingQuotaExceeded,
  code.networkException,
])

function isPassingChange(error: number): boolean {
  return passingChanges.has(error)
}

function nameList(names: readonly string[]): string {
  return names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${counted(names.length - 3, 'more topic')}`
    : names.join(', ')
}

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { SluiceError } from '../../../src/errors.js'
import { code } from '../../../src/log/kafka/codes.js'
import { NotConnected } from '../../../src/log/kafka/connection/broker-connection.js'
import { Link } from '../../../src/log/kafka/connection/link.js'
import { kafka } from '../../../src/log/kafka/kafka.js'
import type { KafkaOptions } from '../../../src/log/kafka/options.js'
import type { PartitionResult } from '../../../src/log/kafka/wire/partition-result.js'
import type { Log, Producer } from '../../../src/log/log.js'
import { partitionId } from '../../../src/record.js'
import { FaultySockets } from '../../kafka/faulty-sockets.js'
import { HeldSockets } from '../../kafka/held-sockets.js'
import { describeKafka } from '../../kafka/shared.js'
import { batch, commit, expectCode, transactional, valuesOf } from '../helpers.js'

const api = { produce: 0, addPartitionsToTxn: 24, addOffsetsToTxn: 25, endTxn: 26, txnOffsetCommit: 28 }
const [offsetFetch, initProducerId] = [9, 22]

describeKafka('transactions on Kafka', shared => {
  async function open(options: Partial<KafkaOptions> = {}): Promise<Log> {
    const log = await kafka({ brokers: shared.brokers, ...options }).open()
    onTestFinished(() => log.close())
    return log
  }

  async function setUp(options?: Partial<KafkaOptions>): Promise<{ log: Log; topic: string; group: string }> {
    const log = await open(options)
    const topic = shared.name('jobs')
    await log.topics.create([{ name: topic, partitions: 2 }])
    return { log, topic, group: shared.name('g') }
  }

  test('positions are read only when the transaction that holds them is decided', async () => {
    const { log, topic, group } = await setUp()
    const at = [{ topic, partition: 0, offset: 5, metadata: '' }]
    const sockets = new FaultySockets()
    const slow = await open({ socketFactory: sockets.factory, retry: { initialRetryTime: 10, maxRetryTime: 20 } })
    const producer = await transactional(slow, shared.name('p'))
    for (let i = 0; i < 1000; i++) sockets.arm(api.endTxn, 'before')
    producer.append(topic, 0, batch('x'))
    const committing = producer.commit(commit(group, { positions: at }))
    await vi.waitFor(() => expect(sockets.cuts).toBeGreaterThan(0))
    let answer: unknown
    const asking = log.committed(group, at).then(positions => (answer = positions))
    const before = sockets.cuts
    await vi.waitFor(() => expect(sockets.cuts).toBeGreaterThan(before + 3))
    expect(answer).toBeUndefined()
    // Of a large group, some member is always in a commit.
    expect(await log.allCommitted(group)).toEqual([])
    expect(await log.committed(group, at, 'now')).toEqual(new Map())
    sockets.disarm(api.endTxn)
    await Promise.all([committing, asking])
    expect(answer).toEqual(new Map([[partitionId(topic, 0), { offset: 5, metadata: '' }]]))
  })

  test('of several owners, one at a time is waited for: hardly ever none of them has a transaction open', async () => {
    const { log, topic, group } = await setUp()
    const sockets = new HeldSockets()
    const slow = await open({ socketFactory: sockets.factory })
    const commitOf = (partition: number) =>
      commit(group, { positions: [{ topic, partition, offset: 5, metadata: '' }] })
    const committing = async (partition: number) => {
      const producer = await transactional(slow, shared.name('p'))
      const end = sockets.hold(api.endTxn, 'before')
      producer.append(topic, partition, batch('x'))
      const done = producer.commit(commitOf(partition))
      await end.reached
      return { release: () => end.release(), done }
    }
    const one = await committing(0)
    const sent = gated()
    const asked = sent.answered(offsetFetch)
    let answer: unknown
    const both = [0, 1].map(partition => ({ topic, partition }))
    const asking = log.committed(group, both).then(positions => (answer = positions))
    await asked
    const other = await committing(1)
    one.release()
    await one.done
    await vi.waitFor(() => expect(answer).toEqual(new Map([[partitionId(topic, 0), { offset: 5, metadata: '' }]])))
    other.release()
    await Promise.all([other.done, asking])
  })

  test('a commit takes five kinds of requests, and looks nothing up that it knows', async () => {
    const { log, topic, group } = await setUp()
    const producer = await transactional(log, shared.name('p'))
    const sent = vi.spyOn(Link.prototype, 'send')
    onTestFinished(() => sent.mockRestore())
    const kinds = new Set<number>()
    for (let offset = 0; offset < 4; offset++) {
      for (const partition of [0, 1]) producer.append(topic, partition, batch('x'))
      await producer.commit(commit(group, { positions: [{ topic, partition: 0, offset, metadata: '' }] }))
      // Some are repeated while markers of the commit before are written. The first one looks for the coordinators.
      if (offset > 0) for (const [, { key }] of sent.mock.calls) kinds.add(key)
      sent.mockClear()
    }
    expect([...kinds].sort((one, other) => one - other)).toEqual(Object.values(api))
  })

  test('what the last commit wrote to is begun ahead of the next, which then takes three kinds of requests', async () => {
    const { log, topic, group } = await setUp()
    const producer = await transactional(log, shared.name('p'))
    const commitOf = (offset: number) => commit(group, { positions: [{ topic, partition: 0, offset, metadata: '' }] })
    producer.append(topic, 0, batch('a'))
    producer.append(topic, 1, batch('b'))
    await producer.commit(commitOf(1))
    const sent = vi.spyOn(Link.prototype, 'send')
    onTestFinished(() => sent.mockRestore())
    producer.prepare!(commit(group))
    const added = (): boolean =>
      sent.mock.settledResults.some(({ value }, i) => value === 0 && sent.mock.calls[i]![1].key === api.addOffsetsToTxn)
    await vi.waitFor(() => expect(added()).toBe(true))
    sent.mockClear()
    producer.append(topic, 0, batch('c'))
    await producer.commit(commitOf(2))
    const kinds = new Set(sent.mock.calls.map(([, { key }]) => key))
    expect([...kinds].sort((one, other) => one - other)).toEqual([api.produce, api.endTxn, api.txnOffsetCommit])
    expect(await valuesOf(log, topic, 0)).toEqual(['a', 'c'])
    expect(await valuesOf(log, topic, 1)).toEqual(['b'])
  })

  test('what was foreseen and is no longer there does not keep the rest from being written', async () => {
    const { log, topic, group } = await setUp()
    const gone = shared.name('gone')
    await log.topics.create([{ name: gone, partitions: 1 }])
    const producer = await transactional(log, shared.name('p'))
    for (const to of [topic, gone]) producer.append(to, 0, batch('a'))
    await producer.commit(commit(group))
    await log.topics.delete([gone])
    await vi.waitFor(async () => expect((await log.topics.describe([gone])).length).toBe(0))
    producer.prepare!(commit(group))
    producer.append(topic, 0, batch('b'))
    await producer.commit(commit(group))
    expect(await valuesOf(log, topic, 0)).toEqual(['a', 'b'])
  })

  describe('positions put ahead', () => {
    async function committedOnce(options?: Partial<KafkaOptions>) {
      const { log, topic, group } = await setUp(options)
      const producer = await transactional(log, shared.name('p'))
      const commitOf = (offset: number) => commit(group, { positions: [{ topic, partition: 0, offset, metadata: '' }] })
      const offset = async () => {
        const [position] = (await log.committed(group, [{ topic, partition: 0 }])).values()
        return position?.offset
      }
      producer.append(topic, 0, batch('a'))
      await producer.commit(commitOf(1))
      return { log, topic, group, producer, commitOf, offset }
    }

    test('those of the commit then go beside its batches', async () => {
      const { log, topic, producer, commitOf, offset } = await committedOnce()
      const sent = gated()
      let next = 1
      for (;;) {
        producer.prepare!(commitOf(next++))
        if ((await sent.answered(api.txnOffsetCommit)) === code.none) break
        // A broker that asks about another transaction meanwhile may refuse.
        producer.append(topic, 1, batch('again'))
        await producer.commit(commitOf(next))
      }
      const batches = sent.hold(api.produce)
      producer.append(topic, 0, batch('b'))
      const committing = producer.commit(commitOf(next))
      await batches.reached
      await sent.answered(api.txnOffsetCommit)
      batches.release()
      await committing
      expect(await offset()).toBe(next)
      expect(await valuesOf(log, topic, 0)).toEqual(['a', 'b'])
    })

    test.each(['commit', 'abort'] as const)('a %s without others leaves the group where it is', async end => {
      const { topic, group, producer, commitOf, offset } = await committedOnce()
      const sent = gated()
      producer.prepare!(commitOf(1))
      await sent.answered(api.txnOffsetCommit)
      producer.append(topic, 0, batch('b'))
      if (end === 'commit') await producer.commit(commit(group))
      else await producer.abort()
      expect(await offset()).toBe(1)
    })

    test('a group that refuses them does not keep the commit from coming', async () => {
      const { log, topic, group, producer, commitOf, offset } = await committedOnce()
      const sent = gated()
      producer.prepare!({ ...commitOf(1), claim: { group, memberId: 'gone', generation: 3 } })
      await sent.answered(api.txnOffsetCommit)
      producer.append(topic, 0, batch('b'))
      await producer.commit(commitOf(2))
      expect(await offset()).toBe(2)
      expect(await valuesOf(log, topic, 0)).toEqual(['a', 'b'])
    })

    test('where it is not known whether they will still arrive, nothing is committed: they would set the group back', async () => {
      const sockets = new FaultySockets()
      const { log, topic, producer, commitOf, offset } = await committedOnce({ socketFactory: sockets.factory })
      sockets.arm(api.txnOffsetCommit, 'before')
      producer.prepare!(commitOf(1))
      await vi.waitFor(() => expect(sockets.cuts).toBe(1))
      producer.append(topic, 0, batch('b'))
      await expectCode('BROKER', () => producer.commit(commitOf(2)))
      expect(await offset()).toBe(1)
      await producer.abort()
      producer.append(topic, 0, batch('again'))
      await producer.commit(commitOf(2))
      expect(await offset()).toBe(2)
      expect(await valuesOf(log, topic, 0)).toEqual(['a', 'again'])
    })

    test('where they were never sent, the commit takes place', async () => {
      const { producer, topic, commitOf, offset } = await committedOnce()
      const tried = answering(api.txnOffsetCommit, new NotConnected('refused'), 1)
      producer.prepare!(commitOf(1))
      await vi.waitFor(() => expect(tried.count).toBe(1))
      producer.append(topic, 0, batch('b'))
      await producer.commit(commitOf(2))
      expect(await offset()).toBe(2)
    })

    test.each([
      ['an abort', api.endTxn, (producer: Producer) => producer.abort()],
      ['init', initProducerId, (producer: Producer) => producer.init()],
    ])('%s waits for them: behind it they would be in a transaction that nobody ends', async (_what, key, ending) => {
      const { topic, producer, commitOf, offset } = await committedOnce()
      const sent = gated()
      const positions = sent.hold(api.txnOffsetCommit)
      const end = sent.hold(key)
      producer.prepare!(commitOf(1))
      await positions.reached
      producer.append(topic, 0, batch('b'))
      const ended = ending(producer)
      const first = await Promise.race([end.reached.then(() => 'end'), nextTurns(20).then(() => 'nothing')])
      expect(first).toBe('nothing')
      positions.release()
      await end.reached
      end.release()
      await ended
      expect(await offset()).toBe(1)
    })

    test('where batches fail meanwhile, those of the commit do not go beside its abort', async () => {
      const { topic, producer, commitOf, offset } = await committedOnce({ maxBatchBytes: 10_000 })
      const sent = gated()
      const positions = sent.hold(api.txnOffsetCommit)
      producer.prepare!(commitOf(1))
      await positions.reached
      producer.append(topic, 0, batch('x'.repeat(20_000)))
      const committing = expectCode('RECORD_TOO_LARGE', () => producer.commit(commitOf(2)))
      await nextTurns(20)
      positions.release()
      await committing
      expect(sent.count(api.txnOffsetCommit)).toBe(1)
      expect(await offset()).toBe(1)
    })

    test('a close that has waited for them long enough ends nothing behind itself', async () => {
      const errors: SluiceError[] = []
      const { producer, commitOf } = await committedOnce({ onError: error => void errors.push(error) })
      const sent = gated()
      const positions = sent.hold(api.txnOffsetCommit)
      producer.prepare!(commitOf(1))
      await positions.reached
      vi.useFakeTimers({ toFake: ['setTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      const closing = producer.close()
      await vi.advanceTimersByTimeAsync(2_000)
      await closing
      vi.useRealTimers()
      positions.release()
      await nextTurns(20)
      expect(sent.count(api.endTxn)).toBe(0)
      expect(errors).toEqual([])
    })
  })

  test.each(['before', 'after'] as const)('every request of a commit may lose its connection: %s', async cut => {
    const sockets = new FaultySockets()
    const errors: SluiceError[] = []
    const { log, topic, group } = await setUp({
      socketFactory: sockets.factory,
      onError: error => errors.push(error),
      retry: { initialRetryTime: 10 },
    })
    const producer = await transactional(log, shared.name('p'))
    const expected: string[] = []
    for (const [name, key] of Object.entries(api)) {
      sockets.arm(key, cut)
      producer.append(topic, 0, batch(name))
      const offset = expected.push(name)
      await producer.commit(commit(group, { positions: [{ topic, partition: 1, offset, metadata: name }] }))
    }
    expect(sockets.cuts).toBe(5)
    expect(errors.length).toBeGreaterThan(0)
    expect(await valuesOf(log, topic, 0)).toEqual(expected)
    const id = partitionId(topic, 1)
    expect((await log.committed(group, [{ topic, partition: 1 }])).get(id)).toEqual({
      offset: 5,
      metadata: 'txnOffsetCommit',
    })
  })

  test('an answer to the commit that stays lost is an unknown outcome; after init, the positions tell', async () => {
    const sockets = new FaultySockets()
    const { log, topic, group } = await setUp({
      socketFactory: sockets.factory,
      retry: { initialRetryTime: 10 },
      deliveryTimeout: '400ms',
    })
    const producer = await transactional(log, shared.name('p'))
    const at = [{ topic, partition: 0, offset: 7, metadata: '' }]
    sockets.arm(api.endTxn, 'after')
    for (let i = 0; i < 100; i++) sockets.arm(api.endTxn, 'before')
    producer.append(topic, 0, batch('took place'))
    await expectCode('COMMIT_UNKNOWN', () => producer.commit(commit(group, { positions: at })))
    await expectCode('COMMIT_UNKNOWN', () => producer.commit(commit(group)))
    await producer.init()
    expect((await log.committed(group, at)).get(partitionId(topic, 0))?.offset).toBe(7)
    expect(await valuesOf(log, topic, 0)).toEqual(['took place'])
  })

  test('one that was fenced while its answer was lost does not claim that nothing took place', async () => {
    const sockets = new FaultySockets()
    const { log, topic, group } = await setUp({ socketFactory: sockets.factory, retry: { initialRetryTime: 300 } })
    const id = shared.name('p')
    const old = await transactional(log, id)
    old.append(topic, 0, batch('x'))
    sockets.arm(api.endTxn, 'after')
    const committing = expectCode('COMMIT_UNKNOWN', () => old.commit(commit(group)))
    await vi.waitFor(() => expect(sockets.cuts).toBe(1))
    await transactional(await open(), id)
    await committing
    expect(await valuesOf(log, topic, 0)).toEqual(['x'])
  })

  test('a transaction that its owner left open too long is aborted, and the owner told so', async () => {
    const { log, topic, group } = await setUp()
    const producer = log.producer({ transactionalId: shared.name('p'), transactionTimeout: 100 })
    await producer.init()
    producer.append(topic, 0, batch('late'))
    await producer.flush()
    // The broker looks for such transactions from time to time.
    const end = [{ topic, partition: 0 }]
    await vi.waitFor(
      async () => expect((await log.endOffsets(end, 'read_committed')).get(partitionId(topic, 0))).toBe(2),
      { timeout: 20_000, interval: 200 },
    )
    await expectCode('FENCED', () => producer.commit(commit(group)))
    await producer.init()
    producer.append(topic, 0, batch('again'))
    await producer.commit(commit(group))
    expect(await valuesOf(log, topic, 0)).toEqual(['again'])
  })

  test('after a failure nothing is written until abort, then the next transaction is whole', async () => {
    const { log, topic, group } = await setUp()
    const producer = await transactional(log, shared.name('p'))
    producer.append(topic, 0, batch('good'))
    producer.append(topic, 1, batch('x'.repeat(log.maxBatchBytes)))
    await expectCode('RECORD_TOO_LARGE', () => producer.commit(commit(group)))
    producer.append(topic, 0, batch('built on what was lost'))
    await expectCode('RECORD_TOO_LARGE', () => producer.commit(commit(group)))
    await producer.abort()
    for (const text of ['a', 'b']) {
      producer.append(topic, 0, batch(text))
      await producer.commit(commit(group))
    }
    expect(await valuesOf(log, topic, 0)).toEqual(['a', 'b'])
  })

  test('a limit of the topic is named', async () => {
    const { log, group } = await setUp()
    const topic = shared.name('small')
    await log.topics.create([{ name: topic, partitions: 1, config: { 'max.message.bytes': '1000' } }])
    const producer = await transactional(log, shared.name('p'))
    producer.append(topic, 0, batch('x'.repeat(2000)))
    const error = await expectCode('RECORD_TOO_LARGE', () => producer.commit(commit(group)))
    expect(error.place).toMatchObject({ topic, partition: 0 })
    expect(error.hint).toContain('max.message.bytes')
  })

  test('without a transaction, a lost connection writes nothing twice', async () => {
    const sockets = new FaultySockets()
    const { log, topic } = await setUp({ socketFactory: sockets.factory, retry: { initialRetryTime: 5 } })
    const producer = log.producer({})
    await producer.init()
    for (let i = 0; i < 6; i++) {
      sockets.arm(api.produce, i % 2 === 0 ? 'after' : 'before')
      producer.append(topic, 0, batch(`${i}a`))
      producer.append(topic, 0, batch(`${i}b`))
      await producer.flush()
    }
    expect(sockets.cuts).toBe(6)
    expect(producer.endOf(topic, 0)).toBe(12)
    expect(await valuesOf(log, topic, 0)).toEqual([
      '0a',
      '0b',
      '1a',
      '1b',
      '2a',
      '2b',
      '3a',
      '3b',
      '4a',
      '4b',
      '5a',
      '5b',
    ])
  })

  test.each([
    [
      'a batch that is refused',
      api.produce,
      { error: code.notEnoughReplicas, baseOffset: -1, message: null },
      /writing records.*NOT_ENOUGH_REPLICAS/,
    ],
    [
      'a request that its coordinator refuses',
      api.addPartitionsToTxn,
      { error: code.notCoordinator },
      /adding partitions.*NOT_COORDINATOR/,
    ],
  ])(
    '%s for long is sent again quickly at first only, and the owner is told once',
    async (_what, key, refusal, told) => {
      const errors: SluiceError[] = []
      const { log, topic, group } = await setUp({ deliveryTimeout: '3s', onError: error => errors.push(error) })
      const producer = await transactional(log, shared.name('p'))
      const sent = answering(key, [{ topic, partition: 0, ...refusal }])
      producer.append(topic, 0, batch('x'))
      const committing = expectCode('BROKER', () => producer.commit(commit(group)))
      await vi.waitFor(() => expect(sent.count).toBeGreaterThan(5))
      // The owner is told when the quick ones end.
      await vi.waitFor(() => expect(errors).toHaveLength(1), { timeout: 3_000 })
      const before = sent.count
      await committing
      expect(sent.count - before).toBeLessThan(15)
      expect(sent.count).toBeGreaterThan(before)
      expect(errors.map(error => error.message)).toEqual([expect.stringMatching(told)])
    },
  )

  test('positions that the replicas of the group are late to take are sent again', async () => {
    const { log, topic, group } = await setUp()
    const at = [{ topic, partition: 0, offset: 7, metadata: '' }]
    const producer = await transactional(log, shared.name('p'))
    const asked = answering(api.txnOffsetCommit, [{ topic, partition: 0, error: code.requestTimedOut }], 2)
    await producer.commit(commit(group, { positions: at }))
    expect(asked.count).toBe(2)
    expect(await log.committed(group, at)).toEqual(new Map([[partitionId(topic, 0), { offset: 7, metadata: '' }]]))
  })
})

/** Answers so many requests of a kind in place of the broker, or fails them. */
function answering(key: number, answer: unknown, times = Infinity): { readonly count: number } {
  const asked = { count: 0 }
  // oxlint-disable-next-line typescript/unbound-method -- called with its link below
  const real = Link.prototype.send
  const sent = vi.spyOn(Link.prototype, 'send').mockImplementation(async function (this: Link, node, request, ...rest) {
    if (request.key !== key || asked.count === times) return real.call(this, node, request, ...rest)
    asked.count++
    if (answer instanceof Error) throw answer
    return answer
  })
  onTestFinished(() => sent.mockRestore())
  return asked
}

interface Held {
  /** Resolves when one is about to be sent. */
  readonly reached: Promise<void>
  release(): void
}

/** Requests go to the broker as ever; those of a kind that is held wait before they are sent. */
function gated() {
  // oxlint-disable-next-line typescript/unbound-method -- called with its link below
  const real = Link.prototype.send
  const holds = new Map<number, { reach: () => void; released: Promise<void> }>()
  let waiting: { key: number; done: (error: number | undefined) => void }[] = []
  const sent = vi.spyOn(Link.prototype, 'send').mockImplementation(async function (this: Link, node, request, ...rest) {
    const hold = holds.get(request.key)
    hold?.reach()
    await hold?.released
    const answer = await real.call(this, node, request, ...rest)
    const [first] = Array.isArray(answer) ? (answer as PartitionResult[]) : []
    for (const one of waiting) if (one.key === request.key) setImmediate(one.done, first?.error)
    waiting = waiting.filter(one => one.key !== request.key)
    return answer
  })
  onTestFinished(() => sent.mockRestore())
  return {
    hold(key: number): Held {
      let [reach, release] = [(): void => {}, (): void => {}]
      const reached = new Promise<void>(resolve => (reach = resolve))
      holds.set(key, { reach, released: new Promise(resolve => (release = resolve)) })
      return { reached, release }
    },
    /** The error of the first partition, if there are any. */
    answered: (key: number) => new Promise<number | undefined>(done => waiting.push({ key, done })),
    count: (key: number) => sent.mock.calls.filter(([, request]) => request.key === key).length,
  }
}

async function nextTurns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

import { expect, onTestFinished, test, vi } from 'vitest'
import { kafka } from '../../../../src/log/kafka/kafka.js'
import type { KafkaOptions } from '../../../../src/log/kafka/options.js'
import type { Assignment, Log, Member, MemberOptions } from '../../../../src/log/log.js'
import { FaultySockets } from '../../../kafka/faulty-sockets.js'
import { describeKafka } from '../../../kafka/shared.js'
import { batch, commit, expectCode, transactional } from '../../helpers.js'

const api = { joinGroup: 11, heartbeat: 12, syncGroup: 14 }

/** Keeps the event loop from turning. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

describeKafka('a member of a group on Kafka', shared => {
  async function open(options: Partial<KafkaOptions> = {}): Promise<Log> {
    const log = await kafka({ brokers: shared.brokers, heartbeatInterval: 100, ...options }).open()
    onTestFinished(() => log.close())
    return log
  }

  async function topic(log: Log): Promise<string> {
    const name = shared.name('jobs')
    await log.topics.create([{ name, partitions: 1 }])
    return name
  }

  /** Whoever leads gives the partition to the member that comes first. */
  function memberOf(log: Log, group: string, name: string, more: Partial<MemberOptions> = {}): Member {
    const member = log.member({
      group,
      protocol: 'test',
      topics: () => [name],
      userData: () => Buffer.alloc(0),
      assign: async members => {
        const [first] = members.map(one => one.memberId).sort()
        return new Map([[first!, { partitions: [{ topic: name, partition: 0 }], userData: Buffer.alloc(0) }]])
      },
      onRebalance: () => {},
      onLost: () => {},
      ...more,
    })
    onTestFinished(async () => await member.leave())
    return member
  }

  test('stays in while its owner blocks the event loop for longer than the session', async () => {
    const log = await open()
    const name = await topic(log)
    const onLost = vi.fn<() => void>()
    const member = memberOf(log, shared.name('g'), name, { sessionTimeout: 3000, onLost })
    const { claim } = await member.join()
    block(5000)
    const producer = await transactional(log, shared.name('p'))
    producer.append(name, 0, batch('still mine'))
    await producer.commit(
      commit(claim.group, { claim, positions: [{ topic: name, partition: 0, offset: 1, metadata: '' }] }),
    )
    expect(onLost).not.toHaveBeenCalled()
  })

  test('gives up its place when its owner is stuck', async () => {
    const log = await open({ maxPollInterval: 1500 })
    const name = await topic(log)
    const group = shared.name('g')
    const lost: Error[] = []
    const member = memberOf(log, group, name, { onLost: error => lost.push(error) })
    const { claim } = await member.join()
    block(3500)
    const producer = await transactional(log, shared.name('p'))
    const positions = [{ topic: name, partition: 0, offset: 1, metadata: '' }]
    await expectCode('FENCED', () => producer.commit(commit(group, { claim, positions })))
    await vi.waitFor(() => expect(lost).toHaveLength(1), { timeout: 10_000 })
    expect(lost[0]).toMatchObject({ code: 'FENCED' })
    const again = await member.join()
    expect(again.claim.memberId).not.toBe(claim.memberId)
    expect(again.continuous).toBe(false)
  })

  test('with an instance id keeps its place through a restart, without a rebalance of the others', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    const onRebalance = vi.fn<() => void>()
    const other = memberOf(log, group, name, { instanceId: 'other', onRebalance })
    const first = memberOf(await open(), group, name, { instanceId: 'mine' })
    await other.join()
    const joining = first.join()
    await vi.waitFor(() => expect(onRebalance).toHaveBeenCalled(), { timeout: 10_000 })
    const [before] = await Promise.all([joining, other.join()])
    onRebalance.mockClear()
    await first.leave()
    const back = memberOf(await open(), group, name, { instanceId: 'mine' })
    const after = await back.join()
    expect(after.claim.generation).toBe(before.claim.generation)
    expect(after.partitions).toEqual(before.partitions)
    expect(after.continuous).toBe(false)
    expect(onRebalance).not.toHaveBeenCalled()
  })

  test('with an instance id is fenced by another process with the same', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    const lost: Error[] = []
    const old = memberOf(log, group, name, { instanceId: 'same', onLost: error => lost.push(error) })
    const { claim } = await old.join()
    await memberOf(await open(), group, name, { instanceId: 'same' }).join()
    await vi.waitFor(() => expect(lost).toHaveLength(1), { timeout: 5000 })
    expect(lost[0]).toMatchObject({ code: 'FENCED', hint: expect.stringContaining('instance id') })
    const producer = await transactional(log, shared.name('p'))
    const positions = [{ topic: name, partition: 0, offset: 1, metadata: '' }]
    await expectCode('FENCED', () => producer.commit(commit(group, { claim, positions })))
  })

  test('with an instance id that another process has too gives up in the end, and one of them goes on', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    const [one, other] = [log, await open()].map(each => memberOf(each, group, name, { instanceId: 'same' }))
    await one!.join()
    for (let i = 0; i < 2; i++) {
      await other!.join()
      await one!.join()
    }
    await other!.join()
    await expectCode('STATE_LOCKED', () => one!.join())
    expect((await other!.join()).partitions).toEqual([{ topic: name, partition: 0 }])
  })

  test('that joins again while nothing has changed keeps what it has', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    const onRebalance = vi.fn<() => void>()
    const leader = memberOf(log, group, name, { onRebalance })
    await leader.join()
    const follower = memberOf(log, group, name)
    const joining = follower.join()
    await vi.waitFor(() => expect(onRebalance).toHaveBeenCalled(), { timeout: 10_000 })
    const [before] = await Promise.all([joining, leader.join()])
    const after = await follower.join()
    expect(after.claim).toEqual(before.claim)
    expect(after.continuous).toBe(true)
  })

  test.each(['before', 'after'] as const)('joins and beats on although connections are lost: %s', async cut => {
    const sockets = new FaultySockets()
    // A socket factory cannot be sent to a thread: these heartbeats run on this one.
    const log = await open({ socketFactory: sockets.factory, retry: { initialRetryTime: 10 } })
    const name = await topic(log)
    const onLost = vi.fn<() => void>()
    const member = memberOf(log, shared.name('g'), name, { sessionTimeout: 6000, rebalanceTimeout: 2000, onLost })
    sockets.arm(api.joinGroup, 'before')
    sockets.arm(api.syncGroup, cut)
    const { partitions } = await member.join()
    expect(partitions).toEqual([{ topic: name, partition: 0 }])
    sockets.arm(api.heartbeat, cut)
    await vi.waitFor(() => expect(sockets.cuts).toBe(3))
    expect((await member.join()).partitions).toEqual(partitions)
    expect(onLost).not.toHaveBeenCalled()
  })

  test('that leaves in the middle of a join gets no assignment', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    const first = memberOf(log, group, name)
    await first.join()
    const second = memberOf(log, group, name)
    // The first one does not come to the new join, so this one waits.
    const joining = second.join().then(
      (): Assignment | undefined => undefined,
      (error: unknown) => error,
    )
    await vi.waitFor(async () => expect(await log.committed(group, [{ topic: name, partition: 0 }])).toEqual(new Map()))
    await second.leave()
    expect(await joining).toMatchObject({ code: 'NOT_RUNNING' })
  })

  test('is refused by a group of another kind, and with a session that the broker does not allow', async () => {
    const log = await open()
    const name = await topic(log)
    const group = shared.name('g')
    await memberOf(log, group, name).join()
    const odd = memberOf(log, group, name, { protocol: 'other' })
    const error = await expectCode('BAD_ARGUMENT', () => odd.join())
    expect(error.hint).toContain('another kind')
    const brief = memberOf(log, shared.name('g'), name, { sessionTimeout: 1 })
    expect((await expectCode('BAD_ARGUMENT', () => brief.join())).hint).toContain('group.min.session.timeout.ms')
  })
})

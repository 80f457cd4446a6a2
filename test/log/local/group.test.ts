import { expect, test } from 'vitest'
import { memoryLog } from '../../../src/log/memory/memory-log.js'
import type { LocalLog } from '../../../src/log/local/local-log.js'
import type { Member, MemberOptions } from '../../../src/log/log.js'
import { expectCode } from '../helpers.js'
import { ManualClock } from '../../../src/testing/manual-clock.js'

function joiner(log: LocalLog, more: Partial<MemberOptions> = {}): { member: Member; events: string[] } {
  const events: string[] = []
  const member = log.member({
    group: 'g',
    protocol: 'p',
    topics: () => [],
    userData: () => new Uint8Array(0),
    assign: async members =>
      new Map(members.map(one => [one.memberId, { partitions: [], userData: Buffer.from(String(members.length)) }])),
    onRebalance: () => events.push('rebalance'),
    onLost: error => events.push(error.message.split(':')[0]!),
    ...more,
  })
  return { member, events }
}

test('an expired member is told, refused, and may join anew under another id', async () => {
  const log = memoryLog()
  const { member, events } = joiner(log)
  const first = await member.join()
  log.expire(first.claim.memberId)
  await Promise.resolve()
  expect(events).toEqual(['FENCED'])
  const producer = log.producer({})
  await producer.init()
  await expectCode('FENCED', () => producer.commit({ group: 'g', positions: [], claim: first.claim }))
  const second = await member.join()
  expect(second.claim.memberId).not.toBe(first.claim.memberId)
  expect(second.continuous).toBe(false)
  await producer.commit({ group: 'g', positions: [], claim: second.claim })
})

test('whoever takes an instance id puts out its former holder', async () => {
  const log = memoryLog()
  const old = joiner(log, { instanceId: 'i' })
  const { claim } = await old.member.join()
  expect(claim.instanceId).toBe('i')
  const young = joiner(log, { instanceId: 'i' })
  await young.member.join()
  expect(old.events).toEqual(['FENCED'])
})

test('another protocol is refused', async () => {
  const log = memoryLog()
  await joiner(log).member.join()
  await expectCode('BAD_ARGUMENT', () => joiner(log, { protocol: 'other' }).member.join())
})

test('members who come together meet in one round', async () => {
  const log = memoryLog()
  const [a, b] = await Promise.all([joiner(log).member.join(), joiner(log).member.join()])
  expect([a.claim.generation, b.claim.generation]).toEqual([1, 1])
})

test('one who comes while others are assigned is in the next round, and nobody sees the one between', async () => {
  const log = memoryLog()
  let late: Promise<unknown> | undefined
  const assign: MemberOptions['assign'] = async members => {
    late ??= joiner(log).member.join()
    return new Map(
      members.map(one => [one.memberId, { partitions: [], userData: Buffer.from(String(members.length)) }]),
    )
  }
  const { userData } = await joiner(log, { assign }).member.join()
  await late
  expect(Buffer.from(userData).toString()).toBe('2')
})

test('a leader whose assignment throws is out; the next one leads', async () => {
  const log = memoryLog()
  const assign = async (): Promise<never> => {
    throw new Error('no idea')
  }
  const bad = joiner(log, { assign }).member.join()
  const good = joiner(log).member.join()
  await expect(bad).rejects.toThrow('no idea')
  expect(Buffer.from((await good).userData).toString()).toBe('1')
})

test('a member that does not join again holds the others up for the rebalance time-out only', async () => {
  const clock = new ManualClock(1_700_000_000_000)
  const log = memoryLog({ clock })
  const slow = joiner(log, { rebalanceTimeout: 5_000 })
  await slow.member.join()
  const other = joiner(log, { rebalanceTimeout: 5_000 })
  const joined = other.member.join()
  await Promise.resolve()
  expect(slow.events).toEqual(['rebalance'])
  clock.moveTo(clock.now() + 5_000)
  await joined
  expect(slow.events).toEqual(['rebalance', 'FENCED'])
})

test('a member that leaves while it waits is told', async () => {
  const log = memoryLog()
  const stuck = joiner(log)
  await stuck.member.join()
  const { member } = joiner(log)
  const joined = member.join()
  const refused = expectCode('NOT_RUNNING', () => joined)
  await member.leave()
  await refused
})

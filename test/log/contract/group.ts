import { describe, expect, onTestFinished, test } from 'vitest'
import type { Assignment, Log, Member, MemberAssignment, MemberInfo } from '../../../src/log/log.js'
import type { LogTest } from '../contract.js'
import { batch, commit, expectCode, transactional, valuesOf } from '../helpers.js'

/** A member that can be waited for. */
class Joiner {
  readonly member: Member
  lost: Error | undefined
  #asked = false
  #wake: () => void = () => {}

  constructor(log: Log, group: string, topic: string, partitions: number, data: string = '') {
    this.member = log.member({
      group,
      protocol: 'test',
      sessionTimeout: 10_000,
      rebalanceTimeout: 10_000,
      topics: () => [topic],
      userData: () => Buffer.from(data),
      assign: async members => deal(members, topic, partitions),
      onRebalance: () => {
        this.#asked = true
        this.#wake()
      },
      onLost: error => (this.lost = error),
    })
    onTestFinished(async () => await this.member.leave().catch(() => {}))
  }

  async join(): Promise<Assignment> {
    this.#asked = false
    return await this.member.join()
  }

  /** Joins when the group asks for it. */
  async rejoin(): Promise<Assignment> {
    if (!this.#asked) await new Promise<void>(resolve => (this.#wake = resolve))
    return await this.join()
  }
}

/** Partitions in turn; everybody is told the data of all. */
function deal(members: readonly MemberInfo[], topic: string, partitions: number): Map<string, MemberAssignment> {
  const userData = Buffer.from(
    members
      .map(member => `${member.topics.join()}:${Buffer.from(member.userData).toString()}`)
      .sort()
      .join(' '),
  )
  const of = (i: number): MemberAssignment['partitions'] =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })).filter(
      ({ partition }) => partition % members.length === i,
    )
  return new Map(members.map(({ memberId }, i) => [memberId, { partitions: of(i), userData }]))
}

const numbers = ({ partitions }: Assignment): number[] => partitions.map(one => one.partition)

export function groupContract(t: LogTest): void {
  describe('groups', () => {
    test('share the partitions, and share anew when one leaves', async () => {
      const topic = await t.topic('jobs', 4)
      const a = new Joiner(t.log, t.name('g'), topic, 4, 'A')
      const b = new Joiner(t.log, t.name('g'), topic, 4, 'B')
      const alone = await a.join()
      expect(numbers(alone)).toEqual([0, 1, 2, 3])
      expect(alone.continuous).toBe(false)
      expect(alone.claim.group).toBe(t.name('g'))

      const [first, second] = await Promise.all([a.rejoin(), b.join()])
      expect([...numbers(first), ...numbers(second)].sort()).toEqual([0, 1, 2, 3])
      expect(numbers(first)).toHaveLength(2)
      expect(first.claim.generation).toBe(alone.claim.generation + 1)
      expect(second.claim.generation).toBe(first.claim.generation)
      expect(first.claim.memberId).toBe(alone.claim.memberId)
      expect(first.continuous).toBe(true)
      expect(second.continuous).toBe(false)
      expect(Buffer.from(second.userData).toString()).toBe(`${topic}:A ${topic}:B`)

      await b.member.leave()
      const again = await a.rejoin()
      expect(numbers(again)).toEqual([0, 1, 2, 3])
      expect(again.claim.generation).toBeGreaterThan(first.claim.generation)
      expect(a.lost).toBeUndefined()
    })

    test('refuse commits of another generation and of strangers', async () => {
      const topic = await t.topic('jobs')
      const group = t.name('g')
      const { claim } = await new Joiner(t.log, group, topic, 1).join()
      const positions = [{ topic, partition: 0, offset: 5, metadata: '' }]
      for (const [i, wrong] of [
        { ...claim, generation: claim.generation - 1 },
        { ...claim, generation: claim.generation + 1 },
        { ...claim, memberId: 'stranger' },
      ].entries()) {
        const zombie = await transactional(t.log, t.name(`zombie-${i}`))
        zombie.append(topic, 0, batch('zombie'))
        await expectCode('FENCED', () => zombie.commit(commit(group, { positions, claim: wrong })))
        await zombie.close()
      }
      expect(await t.log.committed(group, positions)).toEqual(new Map())
      const owner = await transactional(t.log, t.name('owner'))
      owner.append(topic, 0, batch('owner'))
      await owner.commit(commit(group, { positions, claim }))
      expect(await valuesOf(t.log, topic, 0)).toEqual(['owner'])
      expect([...(await t.log.committed(group, positions)).values()]).toEqual([{ offset: 5, metadata: '' }])
      await owner.close()
    })

    test('refuse the former generation after a rebalance, for which the new one takes over', async () => {
      const topic = await t.topic('jobs', 2)
      const group = t.name('g')
      const [a, b] = [new Joiner(t.log, group, topic, 2), new Joiner(t.log, group, topic, 2)]
      const before = await a.join()
      const [after] = await Promise.all([a.rejoin(), b.join()])
      const old = await transactional(t.log, t.name('old'))
      const positions = [{ topic, partition: 0, offset: 1, metadata: '' }]
      await expectCode('FENCED', () => old.commit(commit(group, { positions, claim: before.claim })))
      const young = await transactional(t.log, t.name('young'))
      await young.commit(commit(group, { positions, claim: after.claim }))
      await Promise.all([old.close(), young.close()])
    })

    test('without a transaction too', async () => {
      const topic = await t.topic('jobs')
      const group = t.name('g')
      const { claim } = await new Joiner(t.log, group, topic, 1).join()
      const producer = t.log.producer({})
      await producer.init()
      const positions = [{ topic, partition: 0, offset: 1, metadata: 'x' }]
      await producer.commit(commit(group, { positions, claim }))
      const wrong = { ...claim, generation: claim.generation + 1 }
      await expectCode('FENCED', () => producer.commit(commit(group, { positions, claim: wrong })))
      await producer.close()
    })

    test('are confirmed while they count', async () => {
      const topic = await t.topic('jobs', 2)
      const group = t.name('g')
      const [a, b] = [new Joiner(t.log, group, topic, 2), new Joiner(t.log, group, topic, 2)]
      const before = await a.join()
      const producer = t.log.producer({})
      await producer.init()
      await producer.confirm(before.claim)
      const [after] = await Promise.all([a.rejoin(), b.join()])
      await expectCode('FENCED', () => producer.confirm(before.claim))
      await expectCode('FENCED', () => producer.confirm({ ...after.claim, memberId: 'stranger' }))
      await producer.confirm(after.claim)
      await producer.close()
    })
  })
}

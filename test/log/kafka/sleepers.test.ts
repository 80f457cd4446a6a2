import { expect, onTestFinished, test, vi } from 'vitest'
import { Link } from '../../../src/log/kafka/connection/link.js'
import { kafka } from '../../../src/log/kafka/kafka.js'
import type { KafkaOptions } from '../../../src/log/kafka/options.js'
import type { GroupClaim, Log } from '../../../src/log/log.js'
import { partitionId } from '../../../src/record.js'
import { HeldSockets, type Held } from '../../kafka/held-sockets.js'
import { describeKafka } from '../../kafka/shared.js'
import { batch, transactional, valuesOf } from '../helpers.js'

const api = { produce: 0, offsetFetch: 9, addPartitions: 24, addOffsets: 25, endTxn: 26, txnOffsetCommit: 28 }

const patience = { timeout: 20_000, interval: 20 }

interface Order {
  readonly asleep: string
  readonly holds: readonly (readonly [apiKey: number, when: 'before' | 'after'])[]
  /** The group took the positions while the sleeper was its member: the commit is its own, and the next owner waits for it. */
  readonly accepted: boolean
  /** The coordinator has its partition in a transaction, undecided: after the time-out it is aborted. */
  readonly open: boolean
}

/** Every place of a commit at which a worker may fall asleep, in the order of the requests. */
const orders: readonly Order[] = [
  {
    asleep: 'before the transaction begins',
    holds: [[api.addOffsets, 'before']],
    accepted: false,
    open: false,
  },
  {
    asleep: 'before its partitions are added',
    holds: [[api.addPartitions, 'before']],
    accepted: false,
    open: false,
  },
  {
    asleep: 'before its records are sent',
    holds: [[api.produce, 'before']],
    accepted: false,
    open: true,
  },
  {
    asleep: 'when its records are written, before its positions are sent',
    holds: [[api.txnOffsetCommit, 'before']],
    accepted: false,
    open: true,
  },
  {
    asleep: 'when records and positions are taken',
    holds: [[api.txnOffsetCommit, 'after']],
    accepted: true,
    open: true,
  },
  {
    asleep: 'before it ends the transaction',
    holds: [[api.endTxn, 'before']],
    accepted: true,
    open: true,
  },
  {
    asleep: 'when the transaction is ended, before it hears of it',
    holds: [[api.endTxn, 'after']],
    accepted: true,
    open: false,
  },
]

describeKafka('a worker that falls asleep in a commit and loses its place in the group', shared => {
  async function open(options: Partial<KafkaOptions> = {}): Promise<Log> {
    const log = await kafka({ brokers: shared.brokers, ...options }).open()
    onTestFinished(() => log.close())
    return log
  }

  async function claimOf(log: Log, group: string, topic: string, instanceId: string): Promise<GroupClaim> {
    const partitions = [{ topic, partition: 0 }]
    const member = log.member({
      group,
      instanceId,
      protocol: 'test',
      topics: () => [topic],
      userData: () => Buffer.alloc(0),
      assign: async members =>
        new Map(members.map(({ memberId }) => [memberId, { partitions, userData: Buffer.alloc(0) }])),
      onRebalance: () => {},
      onLost: () => {},
    })
    onTestFinished(() => member.leave())
    return (await member.join()).claim
  }

  /** Falls asleep there, is taken out of the group as at the end of its session; another one has its partition then. */
  async function asleep({ holds }: Order, transactionTimeout: number) {
    const [topic, group, id] = [shared.name('jobs'), shared.name('g'), shared.name('sleeper')]
    const log = await open()
    await log.topics.create([{ name: topic, partitions: 1 }])
    const at = { topic, partition: 0 }
    const sockets = new HeldSockets()
    const sleeping = await open({ socketFactory: sockets.factory, transactionTimeout })
    const claim = await claimOf(sleeping, group, topic, id)
    const producer = await transactional(sleeping, id)
    const held = holds.map(([apiKey, when]): Held => sockets.hold(apiKey, when))
    producer.append(topic, 0, batch('of the sleeper'))
    const outcome = producer.commit({ group, claim, positions: [{ ...at, offset: 5, metadata: '' }] }).then(
      () => 'committed',
      (error: { code?: string }) => error.code,
    )
    const all = Promise.all(held.map(({ reached }) => reached))
    const early = await Promise.race([all.then(() => undefined), outcome])
    if (early !== undefined) throw new Error(`the commit did not come so far: ${early}`)
    await log.evict!(group, id)
    const nextId = shared.name('next')
    const nextClaim = await claimOf(log, group, topic, nextId)
    return {
      position: () => log.committed(group, [at]).then(found => found.get(partitionId(topic, 0))?.offset),
      /** The next owner works on what it has read, and commits it. */
      goOn: async (value: string, offset: number) => {
        const next = await transactional(log, nextId)
        next.append(topic, 0, batch(value))
        await next.commit({ group, claim: nextClaim, positions: [{ ...at, offset, metadata: '' }] })
      },
      wake: () => {
        for (const each of held) each.release()
        return outcome
      },
      values: () => valuesOf(log, topic, 0),
      end: () => log.endOffsets([at], 'read_committed').then(ends => ends.get(partitionId(topic, 0))),
    }
  }

  test.each(orders)('$asleep', async order => {
    const { position, goOn, wake, values } = await asleep(order, 30_000)
    if (order.accepted) {
      const asked = vi.spyOn(Link.prototype, 'send')
      onTestFinished(() => asked.mockRestore())
      let answer: number | undefined
      const asking = position().then(offset => (answer = offset))
      if (order.open) {
        const times = (): number => asked.mock.calls.filter(([, { key }]) => key === api.offsetFetch).length
        await vi.waitFor(() => expect(times()).toBeGreaterThan(4), patience)
        expect(answer).toBeUndefined()
      }
      expect(await wake()).toBe('committed')
      expect(await asking).toBe(5)
      await goOn('of the next', 6)
      expect([await position(), await values()]).toEqual([6, ['of the sleeper', 'of the next']])
    } else {
      expect(await position()).toBeUndefined()
      await goOn('of the next', 1)
      expect(await wake()).toBe('FENCED')
      expect([await position(), await values()]).toEqual([1, ['of the next']])
    }
  })

  test('for longer than the transaction may be open: it is aborted, whatever the group had taken', async () => {
    await Promise.all(
      orders.map(async order => {
        const { position, goOn, wake, values, end } = await asleep(order, 3_000)
        // The marker that aborts it.
        if (order.open) await vi.waitFor(async () => expect(await end()).toBeGreaterThan(0), patience)
        const before = await position()
        expect([order.asleep, before]).toEqual([order.asleep, order.accepted && !order.open ? 5 : undefined])
        await goOn('of the next', 6)
        const outcome = await wake()
        const ended = before === 5
        expect([order.asleep, outcome]).toEqual([order.asleep, ended ? 'committed' : 'FENCED'])
        expect([await position(), await values()]).toEqual([
          6,
          ended ? ['of the sleeper', 'of the next'] : ['of the next'],
        ])
      }),
    )
  })
})

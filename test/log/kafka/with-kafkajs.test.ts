import { CompressionTypes, Kafka, Partitioners, logLevel, type Message } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { kafka } from '../../../src/log/kafka/kafka.js'
import type { Log } from '../../../src/log/log.js'
import { describeKafka } from '../../kafka/shared.js'
import { Listener, batch, commit, produce, transactional, valuesOf } from '../helpers.js'

describeKafka('beside kafkajs', shared => {
  async function setUp(): Promise<{ log: Log; theirs: Kafka; topic: string }> {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const topic = shared.name('jobs')
    await log.topics.create([{ name: topic, partitions: 2 }])
    return { log, topic, theirs: new Kafka({ brokers: shared.brokers, logLevel: logLevel.NOTHING }) }
  }

  test('what its producer writes is read, gzip too', async () => {
    const { log, theirs, topic } = await setUp()
    const producer = theirs.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const value = 'plain '.repeat(100)
    await producer.send({
      topic,
      messages: [{ key: 'k', value, partition: 0, timestamp: '5000', headers: { h: 'x' } }],
    })
    const messages = ['a', 'b', null].map((text): Message => ({ key: null, value: text, partition: 0 }))
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages })
    await producer.disconnect()

    const listener = new Listener(log)
    listener.reader.seek(topic, 0, 0)
    const records = await listener.read(4)
    expect(records[0]).toMatchObject({ key: 'k', value, timestamp: 5000 })
    expect(records[0]!.headers.text('h')).toBe('x')
    expect(records.slice(1).map(one => [one.offset, one.value])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, null],
    ])
  })

  test('what we write its consumer reads: committed, aborted and plain', async () => {
    const { log, theirs, topic } = await setUp()
    const producer = await transactional(log, shared.name('p'))
    producer.append(topic, 0, batch({ key: 'k', value: 'committed', headers: { h: 'ü' }, timestamp: 7000 }))
    await producer.commit(commit(shared.name('g')))
    producer.append(topic, 0, batch('aborted'))
    await producer.flush()
    await producer.abort()
    await produce(log, topic, 0, 'plain')

    const consumer = theirs.consumer({ groupId: shared.name('theirs'), maxWaitTimeInMs: 50 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const seen: unknown[] = []
    await new Promise<void>(resolve => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          seen.push([
            message.key?.toString(),
            message.value?.toString(),
            message.timestamp,
            message.headers?.['h']?.toString(),
          ])
          if (seen.length === 2) resolve()
        },
      })
    })
    await consumer.disconnect()
    expect(seen).toEqual([
      ['k', 'committed', '7000', 'ü'],
      [undefined, 'plain', '1700000000000', undefined],
    ])
  })

  test('transactions that it aborts are left out, and the position passes them', async () => {
    const { log, theirs, topic } = await setUp()
    const producer = theirs.producer({
      transactionalId: shared.name('theirs'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    for (const [text, keep] of [
      ['a', true],
      ['b', false],
      ['c', true],
      ['d', false],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: text, partition: 0 }] })
      await (keep ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    const listener = new Listener(log)
    listener.reader.seek(topic, 0, 0)
    expect((await listener.read(2)).map(one => one.value)).toEqual(['a', 'c'])
    // Four records and four markers; the last record was aborted.
    while (listener.polls.flat().at(-1)!.next < 8) await listener.poll()
    expect(listener.polls.flat().at(-1)).toMatchObject({ next: 8, end: 8 })
    expect(await valuesOf(log, topic, 0)).toEqual(['a', 'c'])
  })

  test("its tools show a group's members, topics and positions", async () => {
    const { log, theirs, topic } = await setUp()
    const group = shared.name('g')
    const member = log.member({
      group,
      protocol: 'sluice',
      topics: () => [topic],
      userData: () => Buffer.from('mine'),
      assign: async members =>
        new Map([[members[0]!.memberId, { partitions: [{ topic, partition: 1 }], userData: Buffer.alloc(0) }]]),
      onRebalance: () => {},
      onLost: () => {},
    })
    const { claim } = await member.join()
    const producer = await transactional(log, shared.name('p'))
    const positions = [{ topic, partition: 1, offset: 42, metadata: 'time=1' }]
    await producer.commit(commit(group, { claim, positions }))
    await log.committed(group, positions)

    const admin = theirs.admin()
    await admin.connect()
    const [description] = (await admin.describeGroups([group])).groups
    expect(description).toMatchObject({ state: 'Stable', protocolType: 'consumer', protocol: 'sluice' })
    expect(description!.members.map(one => one.memberId)).toEqual([claim.memberId])
    const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    expect(offsets!.partitions).toContainEqual({ partition: 1, offset: '42', metadata: 'time=1' })
    await member.leave()
    expect((await admin.describeGroups([group])).groups[0]!.members).toEqual([])
    await admin.disconnect()
  })
})

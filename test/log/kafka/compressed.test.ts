import { expect, onTestFinished, test } from 'vitest'
import { kafka } from '../../../src/log/kafka/kafka.js'
import { describeKafka } from '../../kafka/shared.js'
import { Listener, batch, produce } from '../helpers.js'

// The broker packs what comes unpacked, with the code of Java's producer.
describeKafka('batches that Java compressed', shared => {
  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ])('%s', async (codec, id) => {
    const log = await kafka({ brokers: shared.brokers }).open()
    onTestFinished(() => log.close())
    const topic = shared.name(codec)
    await log.topics.create([{ name: topic, partitions: 1, config: { 'compression.type': codec } }])
    // Of more than one block in any of the formats.
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      key: `k${i % 97}`,
      value: `${codec} ${(i * 7919) % 10_007}`,
    }))
    await produce(log, topic, 0, { key: 'k', value: 'one', headers: { h: 'ü' } }, { value: null })
    const producer = log.producer({})
    await producer.init()
    producer.append(topic, 0, batch(...many))
    await producer.flush()
    await producer.close()

    const listener = new Listener(log)
    listener.reader.seek(topic, 0, 0)
    const records = await listener.read(many.length + 2)
    const compressions = listener.polls.flat().flatMap(({ batches }) => batches.map(({ compression }) => compression))
    expect(compressions).toEqual([id, id, id])
    expect(records.slice(0, 2).map(({ key, value, headers }) => [key, value, headers.text('h')])).toEqual([
      ['k', 'one', 'ü'],
      [null, null, undefined],
    ])
    expect(records.slice(2).map(({ key, value }) => ({ key, value }))).toEqual(many)
  })
})

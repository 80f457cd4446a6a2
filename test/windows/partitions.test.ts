import { expect, it } from 'vitest'
import { tumbling, type Pipeline } from '../../dsl/index.js'
import { testDriver, type TestDriver } from '../../src/testing/index.js'
import { counts, input, late, made } from './helpers.js'

const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`)

/** The partitions of what was written since the last call. Without a topic's serdes, the driver shows what lies there. */
function partitions(driver: TestDriver, topic: string): number[] {
  return [0, 1, 2, 3].flatMap(partition =>
    driver
      .output(topic, { partition })
      .read()
      .map(() => partition),
  )
}

const windowing = (write: (p: Pipeline) => void) => testDriver(made(write), { partitions: 4 })
const counted = (p: Pipeline) => p.stream(input).groupByKey().windowedBy(tumbling('10s')).count().toStream()

it.each([
  ['a topic', (p: Pipeline) => counted(p).to(counts)],
  ['topics that a function chooses', (p: Pipeline) => counted(p).to(() => counts)],
])(
  'windows go to the partition of their key, in %s, as by Kafka Streams’ WindowedStreamPartitioner',
  async (_, write) => {
    const driver = await windowing(p => {
      write(p)
      p.stream(input).to(late)
    })
    const found = new Set<number>()
    for (const [i, key] of keys.entries()) {
      await driver.input(input).send(key, 'x', { timestamp: i * 7000 })
      const [plain] = partitions(driver, 'late')
      expect(partitions(driver, 'counts')).toEqual([plain])
      found.add(plain!)
    }
    expect(found.size).toBe(4)
    await driver.close()
  },
)

it('the driver sends a window to the partition of its key', async () => {
  const driver = await windowing(p =>
    p
      .stream(counts)
      .mapRecord(({ key, partition }) => ({ key: key.key, value: String(partition) }))
      .to(late),
  )
  for (const key of keys) {
    await driver.input(counts).send({ key, start: 5000, end: 15_000 }, 1)
    // The key alone goes where its hash says; the value is the partition from which its window was read.
    const read = [0, 1, 2, 3].map(partition => driver.output(late, { partition }).read())
    const partition = read.findIndex(records => records.length > 0)
    expect(read[partition]![0]!.value).toBe(String(partition))
  }
  await driver.close()
})

import { expect, test } from 'vitest'
import { json, long, pipeline, string, topic, type Serde } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { expectCode } from '../log/helpers.js'
import { writeRecords } from '../write-records.js'

const words = topic('words', { key: string, value: json<number>() })

test('state that a former version wrote in another format: the error names the store, and the record that met it', async () => {
  const log = memoryLog()
  await log.topics.create([{ name: words.name, partitions: 1 }])
  const run = async (value: Serde<any>): Promise<void> => {
    await writeRecords(log, [words.name], writer => writer.write(words, { key: 'a', value: 1 }))
    const app = pipeline('counter')
    app
      .stream(words)
      .groupByKey()
      .aggregate(
        () => 0,
        (sum, n) => sum + n,
        { as: 'sums', value },
      )
    const running = await app.start({ log, onError: () => {} })
    await running.drained().finally(() => running.close())
  }
  await run(long)
  const error = await expectCode('DESERIALIZE', () => run(json()))
  expect(error.place).toMatchObject({ store: 'sums', topic: 'words', partition: 0, offset: 1 })
  expect(error.hint).toContain('check the serde of the topic or store')
  await log.close()
})

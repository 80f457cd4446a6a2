import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedded, kafka, type LogConfig } from 'sluice'
import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/log/batch/builder.js'
import { RecordHeaders } from '../../src/record.js'
import { describeKafka } from '../kafka/shared.js'
import { temporaryDirectory } from '../log/temporary.js'
import type { LettersConfig } from './letters/job.js'
import { failsAt, keyOf, topicsOf, wrongLetters } from './letters/pipeline.js'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full, type Moment } from './moments.js'
import { runScript } from './run-script.js'

const script = fileURLToPath(new URL('./letters/job.ts', import.meta.url))
const count = 6_000
const random = generator(faultSeed())

function killing(): Moment {
  const phase = (['before', 'during', 'after'] as const)[Math.floor(random() * 3)]!
  return { at: 'commit', number: 1 + Math.floor(random() * 8), phase, delay: random() * 5 }
}

async function write(described: LogConfig, app: string): Promise<void> {
  const log = await described.open()
  const topics = topicsOf(app)
  await log.topics.create(Object.values(topics).map(({ name }) => ({ name, partitions: 2 })))
  const producer = log.producer({})
  await producer.init()
  const batches = [new BatchBuilder(), new BatchBuilder()]
  for (let n = 0; n < count; n++) {
    const value = Buffer.from(failsAt(n) === 'value' ? `{${n}` : String(n))
    batches[n % 2]!.append(n, Buffer.from(keyOf(n)), value, RecordHeaders.none)
    // Small batches, so that few records are fetched at once.
    if (n % 100 < 98 && n < count - 2) continue
    producer.append(topics.input.name, n % 2, batches[n % 2]!)
    batches[n % 2] = new BatchBuilder()
  }
  await producer.flush()
  await producer.close()
  await log.close()
}

/** How many of the processes were killed; all that is bad lies in the dead-letter topic once then. */
async function killed(kills: number, described: LogConfig, config: LettersConfig): Promise<number> {
  await write(described, config.application)
  let deaths = 0
  for (let i = 0; i < kills; i++) if (await runScript(script, { ...config, kill: killing() })) deaths++
  await runScript(script, config)
  const log = await described.open()
  expect(await wrongLetters(log, config.application, count)).toEqual([])
  await log.close()
  return deaths
}

test('on the embedded log, kill -9 leaves each dead letter written once', { timeout: 600_000 }, async () => {
  const dir = await temporaryDirectory()
  const log = { dir: join(dir, 'log') }
  const deaths = await killed(full ? 20 : 2, embedded(log.dir), { application: 'letters', log, stateDir: dir })
  expect(deaths).toBeGreaterThan(0)
})

describeKafka('on Kafka', shared => {
  test.runIf(full)('kill -9 leaves each dead letter written once', { timeout: 900_000 }, async () => {
    const log = { brokers: shared.brokers }
    const config = { application: shared.name('letters'), log, stateDir: await temporaryDirectory() }
    expect(await killed(20, kafka(log), config)).toBeGreaterThan(0)
  })
})

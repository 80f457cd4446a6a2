import { expect, test } from 'vitest'
import { embedded, kafka } from '../../dsl/index.js'
import { startBroker } from '../kafka/broker.js'
import { missingTools } from '../kafka/jars.js'
import { faultSeed, full } from '../faults/moments.js'
import { temporaryDirectory } from '../log/temporary.js'
import { parts } from './pipeline.js'
import { longRun } from './run.js'
import { smallSegments } from './segments.js'
import { wrongs } from './verdict.js'

const short = { parts, samples: 8, keys: 500, keep: 800 }

test('windows, joins and histories keep no more the longer they run, and nothing that has expired', async () => {
  const directory = await temporaryDirectory()
  const log = await embedded(directory).open()
  const seed = faultSeed()
  const result = await longRun({ ...short, log, directory, seed, records: 16_000, measures: ['keys'] })
  await log.close()
  expect(wrongs(result)).toEqual([])
})

test.skipIf(!full || missingTools() !== undefined)('so do the changelogs on Kafka', { timeout: 300_000 }, async () => {
  await using broker = await startBroker({ properties: smallSegments })
  const log = await kafka({ brokers: broker.brokers }).open()
  const directory = await temporaryDirectory()
  const { directory: brokerDirectory } = broker
  const at = { log, directory, brokerDirectory }
  const result = await longRun({ ...short, ...at, seed: faultSeed(), records: 30_000, measures: ['changelogRecords'] })
  await log.close()
  expect(wrongs(result)).toEqual([])
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { embedded, kafka } from '../../dsl/index.js'
import { startBroker } from '../kafka/broker.js'
import type { Sample } from './levels.js'
import { parts, type Part } from './pipeline.js'
import { longRun } from './run.js'
import { smallSegments } from './segments.js'
import { wrongs } from './verdict.js'

// `npm run test:long`: 10,000,000 records on the embedded log; `-- --log kafka --records 2000000` on a Kafka of its own,
// `--parts tumbled,joined` for some of the operators, `--keep 4000` for more retentions in as many records.

const { values } = parseArgs({
  options: {
    log: { type: 'string', default: 'embedded' },
    records: { type: 'string', default: '10000000' },
    samples: { type: 'string', default: '40' },
    keys: { type: 'string', default: '2000' },
    keep: { type: 'string', default: '20000' },
    parts: { type: 'string', default: parts.join() },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const isKafka = values.log === 'kafka'
const directory = await mkdtemp(join(tmpdir(), 'sluice-long-'))
const broker = isKafka ? await startBroker({ properties: smallSegments }) : undefined
const log = await (broker === undefined ? embedded(directory) : kafka({ brokers: broker.brokers })).open()
const wanted = values.parts.split(',') as Part[]
console.log(`${values.records} records on ${values.log}, seed ${values.seed}: ${wanted.join(', ')}`)
const mib = (bytes: number | undefined): string => (bytes === undefined ? '' : (bytes / 2 ** 20).toFixed(1))
const row = (cells: readonly (string | number | undefined)[]): void =>
  console.log(cells.map(cell => String(cell ?? '').padStart(11)).join(''))

try {
  row(['records', 'CPU s', 'heap MiB', 'RSS MiB', 'disk MiB', 'keys', 'changelog', 'its MiB'])
  const result = await longRun({
    log,
    directory,
    ...(broker !== undefined && { brokerDirectory: broker.directory }),
    records: Number(values.records),
    samples: Number(values.samples),
    seed: Number(values.seed),
    parts: wanted,
    keys: Number(values.keys),
    keep: Number(values.keep),
    measures: isKafka ? ['heap', 'rss', 'disk', 'changelogRecords', 'changelogBytes'] : ['heap', 'rss', 'disk', 'keys'],
    onSample: ({ records, heap, rss, disk, keys, changelogRecords, changelogBytes }: Sample) => {
      const seconds = Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1e6)
      row([records, seconds, mib(heap), mib(rss), mib(disk), keys, changelogRecords, mib(changelogBytes)])
    },
  })
  for (const { what, before, after, level } of result.levels) {
    console.log(`${what}: at most ${before} in the first half, ${after} in the second: ${level ? 'level' : 'GROWS'}`)
  }
  const { left, live, rows, told, lefts, late } = result
  console.log(`when all has expired: ${rows} rows of the table, and ${JSON.stringify(left)}`)
  if (live !== undefined) console.log(`keys in the changelogs then: ${live}`)
  console.log(`of ${lefts} records ${late} were late; told: ${JSON.stringify(told)}`)
  const wrong = wrongs(result)
  for (const each of wrong) console.error(`wrong: ${each}`)
  if (wrong.length > 0) process.exitCode = 1
} finally {
  await log.close()
  await broker?.stop()
  await rm(directory, { recursive: true, force: true })
}

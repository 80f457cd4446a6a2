import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pipeline, Topic } from 'sluice'
import { missingTools } from '../../test/kafka/jars.js'
import { counters, type Counts } from './counters.js'

// Counts per record that do not depend on how busy the machine is, held against limits: today's figures and a little room.
// To be run by `npm run check:guard`, whose flags make the heap so large that nothing is collected in between.

const counter = counters()
// Loaded behind the counters, which change what is loaded.
const { avro, embedded, json, long, pipeline, recordWriter, string, topic } = await import('sluice')
const { requestsOfACommit } = await import('./requests.js')

type Limits = Readonly<Record<keyof Counts, number>>

/** What V8 allocates differs from one to the next: the limits of the heap are those of this Node, of others it is told alone. */
const heapLimitsOf = 20
const isThatNode = Number.parseInt(process.versions.node, 10) === heapLimitsOf

const warmUpRounds = 10
const countedRounds = 5
const records = 40_000
const keys = 2_000
interface Job {
  readonly status: string
  readonly id: number
  readonly origin: string
  readonly destination: string
}

const avroJob = avro({
  type: 'record',
  name: 'Job',
  fields: [
    { name: 'status', type: 'string' },
    { name: 'id', type: 'int' },
    { name: 'origin', type: 'string' },
    { name: 'destination', type: 'string' },
  ],
})
const jobs = topic('jobs', { key: string, value: json<Job>() })
const avroJobs = topic('avro-jobs', { key: string, value: avroJob })
const counted = topic('counted', { key: string, value: long })
const copied = topic('copied', { key: string, value: json<Job>() })
const moved = topic('moved', { key: string, value: avroJob })
/** Of a commit on Kafka: its batches, two that begin its transaction, its positions, its end. */
const mostRequests = 5

const cases: readonly { name: string; input: Topic<string, Job>; limits: Limits; build: (p: Pipeline) => void }[] = [
  {
    name: 'count',
    input: jobs,
    limits: {
      heapBytes: 240,
      promises: 0.025,
      levelReads: 0.052,
      levelWrites: 0.07,
      diskWrites: 0.001,
      copiedBytes: 3,
    },
    build: p =>
      p
        .stream(jobs)
        .filter(job => job.status === 'completed')
        .groupByKey()
        .count({ as: 'counts' })
        .toStream()
        .to(counted),
  },
  {
    name: 'filter',
    input: jobs,
    limits: {
      heapBytes: 215,
      promises: 0.02,
      levelReads: 0.001,
      levelWrites: 0.001,
      diskWrites: 0.001,
      copiedBytes: 111,
    },
    build: p =>
      p
        .stream(jobs)
        .filter(job => job.status === 'completed')
        .to(copied),
  },
  {
    name: 'copy',
    input: jobs,
    limits: {
      heapBytes: 205,
      promises: 0.02,
      levelReads: 0.001,
      levelWrites: 0.001,
      diskWrites: 0.001,
      copiedBytes: 231,
    },
    build: p => p.stream(jobs).to(copied),
  },
  {
    name: 'avro',
    input: avroJobs,
    limits: {
      heapBytes: 370,
      promises: 0.02,
      levelReads: 0.001,
      levelWrites: 0.001,
      diskWrites: 0.001,
      copiedBytes: 42,
    },
    build: p =>
      p
        .stream(avroJobs)
        .filter(job => job.status === 'completed')
        .map(job => ({ ...job, status: 'done' }))
        .to(moved),
  },
]

/** Time stands still: a busy worker does not commit, an idle one does. */
const clock = { now: () => 1_000_000, after: () => () => {} }
const directory = await mkdtemp(join(tmpdir(), 'sluice-guard-'))
let bad = false
for (const { name, input, limits, build } of cases) {
  const log = await embedded(join(directory, name)).open()
  await log.topics.create([input, counted, copied, moved].map(({ name: each }) => ({ name: each, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [input.name])
  const app = async (round: number): Promise<Counts> => {
    for (let i = 0; i < records; i++) {
      const value = { status: i % 3 === 0 ? 'started' : 'completed', id: i, origin: 'ABQ', destination: 'DAL' }
      writer.write(input, { key: `key-${(i * 7919) % keys}`, value, timestamp: round * records + i })
    }
    writer.handOver()
    await producer.flush()
    const built = pipeline(`guard-${name}`)
    build(built)
    counter.start()
    const running = await built.start({ log, clock, maxPartitionBytes: 1 << 26, maxUncommittedBytes: 1 << 28 })
    await running.drained()
    const counts = { ...counter.stop() }
    await running.close()
    return counts
  }
  // The first rounds warm up: the compiler decides what is allocated. Of the others the least counts, since a round in which
  // the reader was slow has a commit more; of the heap the middle one, which has not grown where something was collected.
  for (let round = 0; round < warmUpRounds; round++) await app(round)
  const rounds: Counts[] = []
  for (let round = 0; round < countedRounds; round++) rounds.push(await app(warmUpRounds + round))
  for (const [what, limit] of Object.entries(limits)) {
    const sorted = rounds.map(counts => counts[what as keyof Counts]).sort((a, b) => a - b)
    const count = sorted[what === 'heapBytes' ? (countedRounds - 1) / 2 : 0]! / records
    tell(name, what, count, 'record', what !== 'heapBytes' || isThatNode ? limit : undefined)
  }
  await producer.close()
  await log.close()
}
await rm(directory, { recursive: true, force: true })
const missing = missingTools()
if (missing === undefined) tell('count', 'requests', await requestsOfACommit(), 'commit', mostRequests)
else {
  console.log(`requests of a commit on Kafka: not counted, ${missing}`)
  bad ||= process.env['CI'] === 'true'
}
if (bad) process.exitCode = 1

function tell(name: string, what: string, count: number, of: string, limit: number | undefined): void {
  const over = limit !== undefined && count > limit
  bad ||= over
  const figure = count.toFixed(4).padStart(10)
  const held = limit === undefined ? `no limit but on Node ${heapLimitsOf}` : `limit ${limit}${over ? '  OVER' : ''}`
  console.log(`${name.padEnd(7)} ${what.padEnd(12)} ${figure} a ${of}, ${held}`)
}

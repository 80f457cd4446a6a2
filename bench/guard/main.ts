import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pipeline } from 'sluice'
import { counters, type Counts } from './counters.js'

// Counts per record that do not depend on how busy the machine is, held against limits: today's figures and a little room.
// To be run by `npm run check:guard`, whose flags make the heap so large that nothing is collected in between.

const counter = counters()
// Loaded behind the counters, which change what is loaded.
const { embedded, json, long, pipeline, recordWriter, string, topic } = await import('sluice')

type Limits = Readonly<Record<keyof Counts, number>>

const warmUpRounds = 10
const countedRounds = 5
const records = 40_000
const keys = 2_000
const jobs = topic('jobs', { key: string, value: json<{ status: string }>() })
const counted = topic('counted', { key: string, value: long })
const copied = topic('copied', { key: string, value: json<{ status: string }>() })

const cases: readonly { name: string; limits: Limits; build: (p: Pipeline) => void }[] = [
  {
    name: 'count',
    limits: {
      heapBytes: 240,
      promises: 0.04,
      levelReads: 0.052,
      levelWrites: 0.15,
      diskWrites: 0.001,
      copiedBytes: 20,
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
    limits: { heapBytes: 215, promises: 0.04, levelReads: 0, levelWrites: 0.002, diskWrites: 0.001, copiedBytes: 130 },
    build: p =>
      p
        .stream(jobs)
        .filter(job => job.status === 'completed')
        .to(copied),
  },
  {
    name: 'copy',
    limits: { heapBytes: 205, promises: 0.04, levelReads: 0, levelWrites: 0.002, diskWrites: 0.001, copiedBytes: 260 },
    build: p => p.stream(jobs).to(copied),
  },
]

/** Time stands still: a busy worker does not commit, an idle one does. */
const clock = { now: () => 1_000_000, after: () => () => {} }
const directory = await mkdtemp(join(tmpdir(), 'sluice-guard-'))
let bad = false
for (const { name, limits, build } of cases) {
  const log = await embedded(join(directory, name)).open()
  await log.topics.create([jobs, counted, copied].map(({ name: each }) => ({ name: each, partitions: 1 })))
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [jobs.name])
  const app = async (round: number): Promise<Counts> => {
    for (let i = 0; i < records; i++) {
      const value = { status: i % 3 === 0 ? 'started' : 'completed', id: i, origin: 'ABQ', destination: 'DAL' }
      writer.write(jobs, { key: `key-${(i * 7919) % keys}`, value, timestamp: round * records + i })
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
  // The first rounds warm up: the compiler decides what is allocated. Of the others the middle one counts: where the reader
  // was slow, a round has a commit more, and where something was collected after all, its heap has not grown.
  for (let round = 0; round < warmUpRounds; round++) await app(round)
  const rounds: Counts[] = []
  for (let round = 0; round < countedRounds; round++) rounds.push(await app(warmUpRounds + round))
  for (const [what, limit] of Object.entries(limits)) {
    const sorted = rounds.map(counts => counts[what as keyof Counts]).sort((a, b) => a - b)
    const count = sorted[(countedRounds - 1) / 2]! / records
    const over = count > limit
    bad ||= over
    console.log(
      `${name.padEnd(7)} ${what.padEnd(12)} ${count.toFixed(4).padStart(10)} a record, limit ${limit}${over ? '  OVER' : ''}`,
    )
  }
  await producer.close()
  await log.close()
}
await rm(directory, { recursive: true, force: true })
if (bad) process.exitCode = 1

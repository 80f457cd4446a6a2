import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { embedded, kafka, recordWriter, type Log } from 'sluice'
import { startBroker } from '../../test/kafka/broker.js'
import { latencies, now, percentile } from './latency.js'
import orders, { bulk, served, stored, urgent } from './pipeline.js'

const usage = `npm run bench:backlog -- [--kafka | --brokers <host:port>] [--records 1000000] [--samples 400] [--every 10]
How long an urgent order takes while nothing else is there, and while a backlog of bulk orders is worked off.`

const partitions = 4

const { values } = parseArgs({
  options: {
    kafka: { type: 'boolean' },
    brokers: { type: 'string' },
    records: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '400' },
    every: { type: 'string', default: '10' },
    help: { type: 'boolean' },
  },
})
if (values.help === true) console.log(usage)
else await main()

async function main(): Promise<void> {
  const [records, samples, every] = [values.records, values.samples, values.every].map(Number) as [
    number,
    number,
    number,
  ]
  const dir = await mkdtemp(join(tmpdir(), 'sluice-backlog-'))
  const broker = values.kafka === true ? await startBroker() : undefined
  const brokers = broker?.brokers ?? values.brokers?.split(',')
  const log = await (brokers === undefined ? embedded(join(dir, 'log')) : kafka({ brokers: [...brokers] })).open()
  let quiet = 0
  try {
    await log.topics.create([urgent, bulk, served, stored].map(({ name }) => ({ name, partitions })))
    // The first run warms up what the second measures.
    for (const phase of ['warm', 'quiet', 'backlog'] as const) {
      if (phase === 'backlog') await fill(log, records)
      const stop = await run(log, brokers, dir)
      const before = await countOf(log, stored.name)
      const started = now()
      const taken = await latencies(log, samples, every)
      const moved = (await countOf(log, stored.name)) - before
      const seconds = (now() - started) / 1_000
      const left = (await countOf(log, bulk.name)) - (await countOf(log, stored.name))
      await stop()
      if (phase === 'warm') continue
      if (phase === 'quiet') quiet = percentile(taken, 0.99)
      console.log(
        `${phase.padEnd(8)} urgent p50 ${percentile(taken, 0.5).toFixed(1)} ms, p90 ${percentile(taken, 0.9).toFixed(1)} ms, p99 ${percentile(taken, 0.99).toFixed(1)} ms; ` +
          `bulk ${Math.round(moved / seconds)}/s, ${left} left at the end`,
      )
      if (phase === 'backlog')
        console.log(`p99 with the backlog / without: ${(percentile(taken, 0.99) / quiet).toFixed(2)}`)
    }
  } finally {
    await log.close()
    await broker?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function fill(log: Log, records: number): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  const writer = await recordWriter(log, producer, [bulk.name])
  for (let i = 0; i < records; i++) {
    writer.write(bulk, { key: `customer-${i % 9973}`, value: { at: 0, customer: i % 9973 } })
    if (i % 50_000 === 0) {
      writer.handOver()
      await producer.flush()
    }
  }
  writer.handOver()
  await producer.flush()
  await producer.close()
}

/** On Kafka in a process of its own; an embedded log has one. Answers how to stop it. */
async function run(log: Log, brokers: readonly string[] | undefined, dir: string): Promise<() => Promise<void>> {
  if (brokers === undefined) {
    const app = await orders.start({ log })
    return () => app.close()
  }
  const main = join(import.meta.dirname, '../../dist/src/cli/main.js')
  const module = join(import.meta.dirname, 'pipeline.ts')
  const at = ['--brokers', brokers.join(','), '--state-dir', join(dir, 'state')]
  const child = spawn(process.execPath, [main, 'run', module, ...at], { stdio: ['ignore', 'ignore', 'inherit'] })
  await sleep(5_000)
  return async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

async function countOf(log: Log, topic: string): Promise<number> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const ends = await log.endOffsets(all, 'read_committed')
  return [...ends.values()].reduce((sum, end) => sum + end, 0)
}

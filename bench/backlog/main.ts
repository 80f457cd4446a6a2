import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { embedded, kafka, recordWriter, type Log } from 'sluice'
import { startBroker } from '../../test/kafka/broker.js'
import { latencies, now, percentile, type Latencies } from './latency.js'
import orders, { bulk, served, stored, urgent } from './pipeline.js'

const usage = `npm run bench:backlog -- [--kafka | --brokers <host:port>] [--records 1000000] [--samples 200] [--every 10] [--rounds 3]
How long an urgent order takes while nothing else is there, and while a backlog of bulk orders is worked off; by turns.`

const partitions = 4

const { values } = parseArgs({
  options: {
    kafka: { type: 'boolean' },
    brokers: { type: 'string' },
    records: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '200' },
    every: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean' },
  },
})
if (values.help === true) console.log(usage)
else await main()

interface Phase extends Latencies {
  /** Bulk orders a second. */
  readonly moved: number
  /** Bulk orders that waited when the last urgent one had been served. */
  readonly left: number
}

async function main(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-backlog-'))
  const broker = values.kafka === true ? await startBroker({ forMeasurements: true }) : undefined
  const brokers = broker?.brokers ?? values.brokers?.split(',')
  const log = await (brokers === undefined ? embedded(join(dir, 'log')) : kafka({ brokers: [...brokers] })).open()
  try {
    await log.topics.create([urgent, bulk, served, stored].map(({ name }) => ({ name, partitions })))
    const measured = async (records: number): Promise<Phase> => {
      await fill(log, records)
      const stop = await run(log, brokers, dir)
      const phase = await measure(log)
      while ((await waiting(log)) > 0) await sleep(100)
      await stop()
      return phase
    }
    // What the first one measures is warming up.
    await measured(10_000)
    const quiet: Phase[] = []
    const busy: Phase[] = []
    for (let round = 0; round < Number(values.rounds); round++) {
      quiet.push(await measured(0))
      busy.push(await measured(Number(values.records)))
    }
    const without = tell('without the backlog', quiet)
    const beside = tell('beside the backlog', busy)
    for (const share of [0.5, 0.9, 0.99]) {
      const ratio = percentile(beside, share) / percentile(without, share)
      console.log(`p${share * 100} beside / without: ${ratio.toFixed(2)}`)
    }
  } finally {
    await log.close()
    await broker?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function measure(log: Log): Promise<Phase> {
  const [started, before] = [now(), await countOf(log, stored.name)]
  const times = await latencies(log, Number(values.samples), Number(values.every))
  const moved = ((await countOf(log, stored.name)) - before) / ((now() - started) / 1_000)
  return { ...times, moved, left: await waiting(log) }
}

function tell(what: string, phases: readonly Phase[]): number[] {
  const whole = phases.flatMap(phase => phase.whole)
  const written = phases.flatMap(phase => phase.written)
  const at = (times: readonly number[]) =>
    [0.5, 0.9, 0.99].map(share => `p${share * 100} ${percentile(times, share).toFixed(1)}`).join(', ')
  const bulks = phases.map(({ moved, left }) => `${Math.round(moved)}/s (${left} left)`).join(', ')
  console.log(`${what}: urgent ${at(whole)} ms; of that, writing it ${at(written)} ms; bulk ${bulks}`)
  return whole
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
  const child = spawn(process.execPath, [main, 'run', module, ...at], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const said of child.stderr.iterator({ destroyOnReturn: false })) if (/runs on/.test(String(said))) break
  child.stderr.pipe(process.stderr)
  return async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

/** Bulk orders that are not stored yet. */
async function waiting(log: Log): Promise<number> {
  return (await countOf(log, bulk.name)) - (await countOf(log, stored.name))
}

async function countOf(log: Log, topic: string): Promise<number> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const ends = await log.endOffsets(all, 'read_committed')
  return [...ends.values()].reduce((sum, end) => sum + end, 0)
}

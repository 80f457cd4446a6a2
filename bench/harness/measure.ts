import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare } from './check.js'
import { outputOf, type Cluster } from './cluster.js'
import { allRecords, type Datasets } from './datasets.js'
import { rate } from './samples.js'
import type { Engine, Measured, Run } from './engine.js'
import type { BenchOptions } from './options.js'
import type { Workload } from './workload.js'

export interface Measurement {
  readonly engine: Engine
  readonly records: number
  readonly warmUp: number
  readonly rounds: Measured[]
}

/** What the measurements of a run share. */
export interface Bench {
  readonly cluster: Cluster
  readonly datasets: Datasets
  readonly options: BenchOptions
  readonly say: (line: string) => void
}

/**
 * Runs every engine in every round, first to last and then last to first, so that what drifts meets all alike. A round's
 * time counts only when its output is right.
 */
export async function measure(workload: Workload, engines: readonly Engine[], bench: Bench): Promise<Measurement[]> {
  const { options, datasets } = bench
  const scale = workload.scale ?? 1
  const measurements = engines.map(engine => ({
    engine,
    wanted: Math.round((options.records + options.warmUp) * scale * engine.share),
    timed: options.records / (options.records + options.warmUp),
    rounds: [] as Measured[],
  }))
  for (const { engine, wanted } of measurements) {
    if (engine.onKafka) await datasets.topics(workload, wanted)
    datasets.expected(workload, wanted)
    await engine.prepare?.(workload, wanted)
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const { engine, wanted, timed, rounds } of round % 2 === 0 ? measurements : measurements.toReversed()) {
      const records = allRecords(workload, wanted)
      const warmUp = Math.round(records * (1 - timed))
      const measured = await oneRound(bench, workload, engine, { wanted, records, warmUp, round })
      rounds.push(measured)
      const figure = Math.round(measured.rate).toLocaleString('en')
      bench.say(`  ${engine.name}, round ${round + 1}: ${figure} records/s, output right`)
    }
  }
  return measurements.map(({ engine, wanted, timed, rounds }) => {
    const records = allRecords(workload, wanted)
    return { engine, records, warmUp: Math.round(records * (1 - timed)), rounds }
  })
}

async function oneRound(
  { cluster, datasets, options: { limitMs } }: Bench,
  workload: Workload,
  engine: Engine,
  { wanted, records, warmUp, round }: { wanted: number; records: number; warmUp: number; round: number },
): Promise<Measured> {
  const application = `${cluster.prefix}-${workload.name}-${engine.name}-${Date.now().toString(36)}-${round}`
  const output = outputOf(application)
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    const inputs = engine.onKafka ? await datasets.topics(workload, wanted) : []
    if (engine.onKafka) await cluster.createTopic(output, workload.partitions)
    const run = { workload, records, warmUp, application, directory, limitMs, cluster, inputs, output }
    const result = await engine.run(run)
    const written = await result.output()
    await compare(engine.name, written, datasets.expected(workload, wanted), () => workload.expected(wanted))
    return figures(result, written.records, records, warmUp)
  } finally {
    await rm(directory, { recursive: true, force: true })
    // What is still there goes with the run; an error here would hide the one that ended the round.
    if (engine.onKafka) await cluster.forget(application).catch(() => {})
  }
}

function figures(run: Run, outputRecords: number, records: number, warmUp: number): Measured {
  const firstCommit = run.samples.find(({ committed }) => committed > 0)
  return {
    rate: rate(run.samples, warmUp / records, records),
    wholeRate: rate(run.samples, 0, records),
    startSeconds: ((firstCommit?.at ?? NaN) - run.startedAt) / 1000,
    cpuSecondsPerMillion: run.cpuSecondsPerMillion,
    peakBytes: run.peakBytes,
    outputRecords,
  }
}

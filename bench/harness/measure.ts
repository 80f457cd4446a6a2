import { rm } from 'node:fs/promises'
import { compare } from './check.js'
import { outputOf } from './cluster.js'
import { allRecords, digestOf } from './datasets.js'
import { runOnKafka } from './on-kafka.js'
import { rate } from './samples.js'
import { scratch } from './at-end.js'
import { turns, type Bench } from './suite.js'
import type { Engine, KafkaEngine, Measured, Round, Run } from './engine.js'
import type { Workload } from './workload.js'

export interface Measurement {
  readonly engine: Engine
  readonly records: number
  readonly warmUp: number
  readonly rounds: Measured[]
}

/** Runs every engine in every round. A round's time counts only when its output is right. */
export async function measure(workload: Workload, engines: readonly Engine[], bench: Bench): Promise<Measurement[]> {
  const { options } = bench
  const scale = workload.scale ?? 1
  const measurements = engines.map(engine => {
    const wanted = Math.round((options.records + options.warmUp) * scale * engine.share)
    const records = allRecords(workload, wanted)
    const warmUp = Math.round((records * options.warmUp) / (options.records + options.warmUp))
    return { engine, wanted, records, warmUp, rounds: [] as Measured[] }
  })
  for (const { engine, wanted } of measurements) {
    await workload.prepare?.(wanted)
    digestOf(workload, wanted)
    if (engine.onKafka) await (await bench.datasets()).topics(workload, wanted)
    else await engine.prepare(workload, wanted)
  }
  try {
    for (const [round, one] of turns(options.rounds, measurements)) {
      const measured = await oneRound(bench, workload, one, round)
      one.rounds.push(measured)
      const { rate } = measured
      const figure = Number.isNaN(rate) ? 'too short for a rate' : `${Math.round(rate).toLocaleString('en')} records/s`
      bench.say(`  ${one.engine.name}, round ${round + 1}: ${figure}, output right`)
    }
  } finally {
    for (const engine of engines) if (!engine.onKafka) await engine.close()
  }
  return measurements
}

async function oneRound(
  bench: Bench,
  workload: Workload,
  { engine, wanted, records, warmUp }: Omit<Measurement, 'rounds'> & { wanted: number },
  turn: number,
): Promise<Measured> {
  const application = await freshApplication(bench, workload, engine, turn)
  const directory = await scratch()
  const round: Round = { workload, records, warmUp, application, directory, limitMs: bench.options.limitMs }
  try {
    const result = engine.onKafka ? await onKafka(bench, engine, round, wanted) : await engine.run(round)
    const written = await result.output()
    await compare(engine.name, written, digestOf(workload, wanted), () => workload.expected(wanted))
    return figuresOf(result, records, warmUp)
  } finally {
    await rm(directory, { recursive: true, force: true })
    // What is still there goes with the run; an error here would hide the one that ended the round.
    if (engine.onKafka) await (await bench.cluster()).forget(application).catch(() => {})
  }
}

async function onKafka(bench: Bench, engine: KafkaEngine, round: Round, wanted: number): Promise<Run> {
  const { workload, application } = round
  const cluster = await bench.cluster()
  const inputs = await (await bench.datasets()).topics(workload, wanted)
  const output = outputOf(application)
  await cluster.createTopic(output, workload.partitions)
  const placed = { ...round, cluster, inputs, output }
  return runOnKafka(placed, await engine.command(placed))
}

/** An application id that nobody has used: a new group, new internal topics. */
export async function freshApplication(
  bench: Bench,
  { name }: Pick<Workload, 'name'>,
  engine: Engine,
  turn: number,
): Promise<string> {
  const prefix = engine.onKafka ? (await bench.cluster()).prefix : 'sluice-bench'
  const who = engine.name.replaceAll(/[^a-z0-9]+/g, '-')
  return `${prefix}-${name}-${who}-${Date.now().toString(36)}-${turn}`
}

function figuresOf(run: Run, records: number, warmUp: number): Measured {
  const firstCommit = run.samples.find(({ committed }) => committed > 0)
  const warmRate = rate(run.samples, warmUp / records, records)
  const { cpuSecondsPerMillion, brokerCpuSecondsPerMillion } = run
  const broker = Number.isNaN(brokerCpuSecondsPerMillion) ? 0 : brokerCpuSecondsPerMillion
  return {
    rate: warmRate,
    wholeRate: rate(run.samples, 0, records),
    startSeconds: ((firstCommit?.at ?? NaN) - run.startedAt) / 1000,
    cpuSecondsPerMillion,
    brokerCpuSecondsPerMillion,
    coresBusy: (warmRate * (cpuSecondsPerMillion + broker)) / 1e6,
    peakMiB: run.peakBytes / 2 ** 20,
  }
}

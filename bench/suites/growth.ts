import { sluiceEmbedded } from '../engines/sluice-embedded.js'
import { sluice, sluice2 } from '../engines/sluice.js'
import { measure } from '../harness/measure.js'
import { figures, type Result, type Row } from '../harness/result.js'
import { today, type Bench, type Suite } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import { sweeps } from '../workloads/growth.js'
import type { Engine, Measured } from '../harness/engine.js'
import type { BenchOptions } from '../harness/options.js'
import type { Workload } from '../harness/workload.js'

const threads = 'threads'
/** As they are asked for: the first word of each. */
const names: readonly string[] = [...Object.keys(sweeps), threads].map(name => name.split(' ')[0]!)

/** What a record costs, and how much memory is taken, as one thing after another grows. */
export const growth: Suite = {
  name: 'growth',
  title: 'cost per record and memory against keys, partitions, operators, record size, stores and threads',
  async run(bench) {
    const unknown = bench.options.series?.find(name => !names.includes(name))
    if (unknown !== undefined) throw new Error(`nothing called "${unknown}" grows; there are: ${names.join(', ')}`)
    const rows: Row[] = []
    for (const [name, { xs, at }] of Object.entries(sweeps)) {
      if (!isAsked(bench, name)) continue
      for (const x of bench.options.quick ? [xs[0]!, xs.at(-1)!] : xs)
        rows.push(await point(bench, name, x, at(x), sluiceEmbedded))
    }
    if (isAsked(bench, threads)) {
      // A second thread has to be warm too.
      const workload = countPerKey('growth-threads', 100_000, { scale: 8 })
      for (const [at, engine] of [sluice, sluice2].entries())
        rows.push(await point(bench, threads, at + 1, workload, engine))
    }
    return result(bench, rows)
  },
}

function isAsked({ options }: Bench, name: string): boolean {
  return options.series === undefined || options.series.includes(name.split(' ')[0]!)
}

async function point(bench: Bench, name: string, x: number, workload: Workload, engine: Engine): Promise<Row> {
  const options = fewer(bench.options, name === 'bytes a record' ? x : 0, workload.scale ?? 1)
  const wanted = { ...workload, scale: options.quick ? 1 : (workload.scale ?? 1) }
  const [measured] = await measure(wanted, [engine], { ...bench, options, say: () => {} })
  const found = figures<Measured>(measured!.rounds)
  const [cost, peak] = [found.cpuSecondsPerMillion.median, found.peakMiB.median]
  const label = `${name} ${x.toLocaleString('en')}`
  bench.say(`  ${label}: ${cost?.toFixed(2) ?? '?'} µs CPU a record, ${peak?.toFixed(0) ?? '?'} MiB, output right`)
  return { id: `${name} ${x}`, label, note: '', series: name, x, date: today(), figures: found }
}

const mostBytes = { quick: 20e6, full: 400e6 } as const

/** Many points, so each is a small one, and no more bytes than a disk has room for. */
function fewer(options: BenchOptions, bytes: number, scale: number): BenchOptions {
  const { quick, rounds } = options
  const [records, warmUp] = quick ? [20_000, 20_000] : [options.records / 4, options.warmUp / 10]
  const most = bytes === 0 ? Infinity : (quick ? mostBytes.quick : mostBytes.full) / bytes / scale
  const part = Math.min(1, most / (records + warmUp))
  return {
    ...options,
    records: Math.round(records * part),
    warmUp: Math.round(warmUp * part),
    rounds: Math.max(1, Math.floor(rounds / 3)),
  }
}

function result({ machine }: Bench, rows: readonly Row[]): Result {
  return {
    name: growth.name,
    title: 'growth: cost per record and memory',
    machine,
    columns: [
      { id: 'cpuSecondsPerMillion', title: 'CPU µs a record', digits: 2 },
      { id: 'peakMiB', title: 'peak MiB', digits: 0 },
      { id: 'rate', title: 'records/s', digits: 0 },
    ],
    rows,
    notes: [
      'one process on the embedded log, a count per key of 10,000 keys in 4 partitions but for what is swept; operators and bytes: a chain of maps from topic to topic; threads: the count of 100,000 keys on Kafka',
      'a partition is a task: 256 partitions are 256 tasks of one thread; with stores a task, each record goes into all of them',
    ],
    chart: {
      kind: 'lines',
      columns: [
        { id: 'cpuSecondsPerMillion', title: 'CPU µs a record' },
        { id: 'peakMiB', title: 'peak MiB' },
      ],
    },
    headline: { column: 'rate', pairs: [] },
  }
}

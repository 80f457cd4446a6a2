import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chart } from './chart.js'
import { median } from './statistics.js'
import type { Measured } from './engine.js'
import type { Machine } from './machine.js'
import type { Measurement } from './measure.js'
import type { Workload } from './workload.js'

/** Median, least and most of the rounds. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface EngineReport {
  readonly engine: string
  readonly settings: string
  readonly records: number
  readonly warmUp: number
  readonly rate: Spread
  readonly wholeRate: Spread
  readonly startSeconds: Spread
  readonly cpuSecondsPerMillion: Spread
  readonly peakBytes: Spread
  /** The median rate against that of the peer. */
  readonly ratio: number | null
  readonly rounds: readonly Measured[]
}

export interface Report {
  readonly workload: string
  readonly title: string
  readonly date: string
  readonly machine: Machine
  readonly peer: string | null
  readonly engines: readonly EngineReport[]
}

const peerName = 'kafka-streams'

export function report(workload: Workload, machine: Machine, measurements: readonly Measurement[]): Report {
  const spread = (rounds: readonly Measured[], field: keyof Measured): Spread => {
    const values = rounds.map(round => round[field])
    return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
  }
  const peer = measurements.find(({ engine }) => engine.name === peerName)
  const peerRate = peer === undefined ? undefined : spread(peer.rounds, 'rate').median
  return {
    workload: workload.name,
    title: workload.title,
    date: new Date().toISOString().slice(0, 10),
    machine,
    peer: peer === undefined ? null : peerName,
    engines: measurements.map(({ engine, records, warmUp, rounds }) => ({
      engine: engine.name,
      settings: engine.settings,
      records,
      warmUp,
      rate: spread(rounds, 'rate'),
      wholeRate: spread(rounds, 'wholeRate'),
      startSeconds: spread(rounds, 'startSeconds'),
      cpuSecondsPerMillion: spread(rounds, 'cpuSecondsPerMillion'),
      peakBytes: spread(rounds, 'peakBytes'),
      ratio: peerRate === undefined ? null : spread(rounds, 'rate').median / peerRate,
      rounds,
    })),
  }
}

/** The report as a Markdown table, with what is needed to place it. */
export function markdown({ title, machine, peer, engines }: Report): string {
  const integer = (value: number): string => (Number.isNaN(value) ? '?' : Math.round(value).toLocaleString('en'))
  const rows = engines.map(one => [
    one.engine,
    integer(one.rate.median),
    `${integer(one.rate.min)} – ${integer(one.rate.max)}`,
    one.ratio === null ? '' : one.ratio.toFixed(2),
    integer(one.wholeRate.median),
    one.startSeconds.median.toFixed(1),
    one.cpuSecondsPerMillion.median.toFixed(1),
    integer(one.peakBytes.median / 2 ** 20),
  ])
  const head = ['engine', 'records/s', 'spread', `: ${peer}`, 'from cold', 'start s', 'CPU s / 1 M', 'peak MiB']
  if (peer === null) head[3] = ''
  const rounds = engines[0]?.rounds.length ?? 0
  return [
    `**${title}** (median of ${rounds} alternating rounds; ${machine.cores} cores, ${machine.processor}, Node ${machine.node}, Java ${machine.java})`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map((_, column) => (column === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map(row => `| ${row.join(' | ')} |`),
    '',
    ...engines.map(
      one =>
        `- ${one.engine}: ${one.settings}; ${integer(one.warmUp)} records to warm up, ${integer(one.records - one.warmUp)} timed`,
    ),
  ].join('\n')
}

/** Writes `<directory>/<workload>.json` and its chart, `.svg`; answers the name of the first. */
export async function save(directory: string, result: Report): Promise<string> {
  await mkdir(directory, { recursive: true })
  const file = join(directory, `${result.workload}.json`)
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
  await writeFile(join(directory, `${result.workload}.svg`), chart(result))
  return file
}

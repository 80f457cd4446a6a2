import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Suites; none, or `all`: all of them. */
  readonly names: readonly string[]
  /** Little of everything, so that each suite takes about half a minute: to see that it works. */
  readonly quick: boolean
  readonly engines: readonly string[] | undefined
  readonly rounds: number
  readonly records: number
  readonly warmUp: number
  /** Keys of the state that is restored. */
  readonly keys: number
  /** Records per second at which latency is measured, and for how long each. */
  readonly rates: readonly number[]
  readonly seconds: number
  /** The workload whose memory is measured. */
  readonly of: string
  /** What grows, by the first word of each; all where it is left out. */
  readonly series: readonly string[] | undefined
  readonly brokers: string | undefined
  readonly results: string
  /** The README whose headlines are written; none where the results are not the project's own. */
  readonly readme: string | undefined
  /** The longest that one round may take. */
  readonly limitMs: number
}

export const usage = `npm run bench -- [NAME … | all] [options]
  --engines a,b      only these
  --quick            little of everything, one round: to see that it works; results in bench/results/quick
  --rounds n         rounds of every engine, in alternating order (3)
  --records n        records that are timed, such as 1m or 200k (1m; quick: 500k)
  --warm-up n        records before them, not timed (3m; quick: 500k)
  --keys n           restore: how many keys (5m; quick: 100k)
  --rates a,b        latency: records per second (500,2000,20000)
  --seconds n        latency: how long at each rate (20; quick: 4)
  --of WORKLOAD      heap: whose memory (count)
  --series a,b       growth: of keys,partitions,operators,bytes,stores,threads (all)
  --brokers list     a Kafka that runs already; KAFKA_BROKERS does the same
  --results dir      where NAME.json is written (bench/results)
  --limit seconds    the longest that one round may take (600)`

/** @throws Error for an option that is not known, or a number that is none */
export function benchOptions(argv: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      engines: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      records: { type: 'string' },
      'warm-up': { type: 'string' },
      keys: { type: 'string' },
      rates: { type: 'string', default: '500,2000,20000' },
      seconds: { type: 'string' },
      of: { type: 'string', default: 'count' },
      series: { type: 'string' },
      brokers: { type: 'string' },
      results: { type: 'string' },
      limit: { type: 'string', default: '600' },
    },
  })
  return {
    names: positionals,
    quick: values.quick,
    engines: values.engines?.split(','),
    rounds: number(values.rounds ?? (values.quick ? '1' : '3'), 1),
    records: number(values.records ?? (values.quick ? '500k' : '1m'), 1),
    warmUp: number(values['warm-up'] ?? (values.quick ? '500k' : '3m'), 0),
    keys: number(values.keys ?? (values.quick ? '100k' : '5m'), 1),
    rates: values.rates.split(',').map(rate => number(rate, 1)),
    seconds: number(values.seconds ?? (values.quick ? '4' : '20'), 1),
    of: values.of,
    series: values.series?.split(','),
    brokers: values.brokers ?? process.env['KAFKA_BROKERS'],
    results: values.results ?? path(values.quick ? '../results/quick' : '../results'),
    readme: values.quick || values.results !== undefined ? undefined : path('../../README.md'),
    limitMs: number(values.limit, 1) * 1000,
  }
}

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}

function number(text: string, least: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text) ?? []
  const value = Math.round(Number(digits) * ({ k: 1e3, m: 1e6 }[unit?.toLowerCase() ?? ''] ?? 1))
  if (!(value >= least)) throw new Error(`"${text}" is not a number from ${least} on, such as 500, 200k or 1m`)
  return value
}

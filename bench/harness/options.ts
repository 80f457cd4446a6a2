import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Workloads; none: all of them. */
  readonly names: readonly string[]
  /** Fewer records and rounds, so that each workload takes about half a minute. */
  readonly quick: boolean
  readonly engines: readonly string[] | undefined
  readonly rounds: number
  readonly records: number
  readonly warmUp: number
  readonly brokers: string | undefined
  readonly results: string
  /** The longest that one round may take. */
  readonly limitMs: number
}

export const usage = `npm run bench -- [WORKLOAD …] [options]
  --engines a,b      only these
  --quick            500k records, 500k to warm up, 1 round
  --rounds n         rounds of every engine, in alternating order (3)
  --records n        records that are timed, such as 1m or 200k (1m)
  --warm-up n        records before them, not timed (3m)
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
      brokers: { type: 'string' },
      results: { type: 'string', default: fileURLToPath(new URL('../results', import.meta.url)) },
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
    brokers: values.brokers ?? process.env['KAFKA_BROKERS'],
    results: values.results,
    limitMs: number(values.limit, 1) * 1000,
  }
}

function number(text: string, least: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text) ?? []
  const value = Math.round(Number(digits) * ({ k: 1e3, m: 1e6 }[unit?.toLowerCase() ?? ''] ?? 1))
  if (!(value >= least)) throw new Error(`"${text}" is not a number from ${least} on, such as 500, 200k or 1m`)
  return value
}

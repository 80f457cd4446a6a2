import { measure, type Measurement } from '../harness/measure.js'
import { figures, ratio, type Column, type Result } from '../harness/result.js'
import { contenders, peerName, today, type Suite } from '../harness/suite.js'
import type { Machine } from '../harness/machine.js'
import type { Workload } from '../harness/workload.js'

const columns: readonly Column[] = [
  { id: 'rate', title: 'records/s', digits: 0, spread: true },
  { id: 'ratio', title: `: ${peerName}`, digits: 2 },
  { id: 'wholeRate', title: 'from cold', digits: 0 },
  { id: 'startSeconds', title: 'start s', digits: 1 },
  { id: 'cpuSecondsPerMillion', title: 'CPU s / 1 M', digits: 1 },
  { id: 'brokerCpuSecondsPerMillion', title: 'broker CPU s / 1 M', digits: 1 },
  { id: 'coresBusy', title: 'cores busy', digits: 1 },
  { id: 'peakMiB', title: 'peak MiB', digits: 0 },
  { id: 'memoryRatio', title: `MiB : ${peerName}`, digits: 2 },
]

/** Records per second of a workload, engine by engine. */
export function throughput(workload: Workload): Suite {
  return {
    name: workload.name,
    title: workload.title,
    async run(bench) {
      const able = contenders(bench, workload.name).filter(engine => engine.does?.(workload) ?? true)
      return throughputResult(workload, bench.machine, await measure(workload, able, bench))
    },
  }
}

export function throughputResult(
  { name, title }: Pick<Workload, 'name' | 'title'>,
  machine: Machine,
  measurements: readonly Measurement[],
): Result {
  const found = measurements.map(({ rounds, ...rest }) => ({ ...rest, figures: figures(rounds) }))
  const peer = found.find(({ engine }) => engine.name === peerName)?.figures
  const count = (records: number): string => records.toLocaleString('en')
  return {
    name,
    title,
    machine,
    columns,
    notes: [],
    chart: { kind: 'bars', column: 'rate', title: 'records per second' },
    headline: { column: 'rate', pairs: [{ ours: 'sluice', peer: peerName }] },
    rows: found.map(({ engine, records, warmUp, figures }) => ({
      id: engine.name,
      label: engine.name,
      note: `${engine.settings}; ${count(warmUp)} records to warm up, ${count(records - warmUp)} timed`,
      date: today(),
      figures: {
        ...figures,
        ratio: ratio(figures.rate, peer?.rate),
        memoryRatio: ratio(figures.peakMiB, peer?.peakMiB),
      },
    })),
  }
}

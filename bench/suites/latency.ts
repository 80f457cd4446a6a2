import { rm } from 'node:fs/promises'
import { outputOf } from '../harness/cluster.js'
import { java } from '../harness/java.js'
import { freshApplication } from '../harness/measure.js'
import { runToEnd, startProgram, type Message } from '../harness/process.js'
import { figures, ratio, type Result, type Row } from '../harness/result.js'
import { scratch } from '../harness/at-end.js'
import { peerName, rivals, today, turns, type Bench, type Suite } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import type { KafkaEngine } from '../harness/engine.js'

const keys = 100_000
/**
 * How long each rate goes on before it is timed, in seconds: what is idle most of the time runs other code than a flood, and
 * the broker's compiler is at work on that code for the first half minute.
 */
const leadIn = 45
const quickLeadIn = 1

interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly behindMs: number
}

/** From the moment a record is due to be written until its count is read at read_committed, at given rates. */
export const latency: Suite = {
  name: 'latency',
  title: 'latency from produce to read_committed consume, count per key',
  async run(bench) {
    const { rounds, rates } = bench.options
    const all = rivals(bench).map(engine => ({ engine, at: rates.map(() => [] as Latencies[]) }))
    for (const [round, { engine, at }] of turns(rounds, all)) {
      const phases = await oneRound(bench, engine, round)
      phases.forEach((phase, i) => at[i]!.push(phase))
      const told = phases.map(({ p50, p99 }, i) => `${rates[i]}/s: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`)
      bench.say(`  ${engine.name}, round ${round + 1}: ${told.join('; ')}; counts right`)
    }
    return result(bench, all)
  },
}

async function oneRound(bench: Bench, engine: KafkaEngine, round: number): Promise<Latencies[]> {
  const { rates, seconds, warmUp, quick } = bench.options
  const cluster = await bench.cluster()
  const workload = countPerKey('latency', keys)
  const application = await freshApplication(bench, workload, engine, round)
  const [input, output] = [`${application}-input`, outputOf(application)]
  const directory = await scratch()
  for (const topic of [input, output]) await cluster.createTopic(topic, workload.partitions)
  const program = startProgram(
    await engine.command({ workload, cluster, application, directory, inputs: [input], output }),
  )
  try {
    const lead = quick ? quickLeadIn : leadIn
    const phases = [`0:${warmUp}:0`, ...rates.map(rate => `${rate}:${rate * (lead + seconds)}:${rate * lead}`)]
    const load = await java('Latency', [cluster.brokers.join(','), input, output, String(keys), ...phases])
    const found: Message[] = []
    await Promise.race([runToEnd(load, message => found.push(message)), program.failed])
    await program.end()
    return found.slice(1).map(readPhase)
  } catch (error) {
    program.kill()
    throw error
  } finally {
    await rm(directory, { recursive: true, force: true })
    await cluster.forget(application).catch(() => {})
  }
}

function readPhase(message: Message): Latencies {
  const value = (field: keyof Latencies): number => Number(message[field])
  return { p50: value('p50'), p99: value('p99'), p999: value('p999'), max: value('max'), behindMs: value('behindMs') }
}

function result(
  { machine, options: { rates } }: Bench,
  all: readonly { engine: KafkaEngine; at: readonly Latencies[][] }[],
): Result {
  const rows = rates.flatMap((rate, i): Row[] => {
    const peer = all.find(({ engine }) => engine.name === peerName)
    const peerFigures = peer === undefined ? undefined : figures(peer.at[i]!)
    return all.map(({ engine, at }) => {
      const found = figures(at[i]!)
      return {
        id: `${engine.name} ${rate}`,
        label: `${engine.name}, ${rate.toLocaleString('en')}/s`,
        note: i === 0 ? engine.settings : '',
        date: today(),
        figures: { ...found, ratio: ratio(found.p99, peerFigures?.p99) },
      }
    })
  })
  return {
    name: latency.name,
    title: latency.title,
    machine,
    columns: [
      { id: 'p50', title: 'p50 ms', digits: 1 },
      { id: 'p99', title: 'p99 ms', digits: 1, spread: true },
      { id: 'ratio', title: `p99 : ${peerName}`, digits: 2 },
      { id: 'p999', title: 'p99.9 ms', digits: 1 },
      { id: 'max', title: 'most ms', digits: 1 },
      { id: 'behindMs', title: 'sender late by at most ms', digits: 1 },
    ],
    rows,
    notes: [
      'from the moment a record is due to be sent; exactly-once, the default commit interval of both (100 ms); a count told for several records at once is one sample, as old as the last of them',
    ],
    headline: {
      column: 'p99',
      pairs: rates.map(rate => ({
        ours: `sluice ${rate}`,
        peer: `${peerName} ${rate}`,
        what: `latency at ${rate.toLocaleString('en')} records/s, count per key`,
      })),
    },
    chart: { kind: 'bars', column: 'p99', title: 'p99 in ms' },
  }
}

import { kafkaStreamsWithHeap } from '../engines/kafka-streams.js'
import { sluice } from '../engines/sluice.js'
import { measure } from '../harness/measure.js'
import { pick } from '../harness/pick.js'
import { figures, ratio, type Result } from '../harness/result.js'
import { today, type Bench, type Suite } from '../harness/suite.js'
import { workloads } from '../workloads/index.js'
import type { Engine, Measured } from '../harness/engine.js'

const sizes = [32, 48, 64, 96, 128, 192, 256, 384, 512, 1024] as const
const enough = 0.9

/** The smallest heap with which Kafka Streams keeps 90 % of its speed, and the memory that both take then. */
export const heap: Suite = {
  name: 'heap',
  title: 'memory, Kafka Streams with the smallest heap at which it keeps 90 % of its speed',
  async run(bench) {
    const workload = pick('workload', workloads, [bench.options.of])[0]!
    // Half a dozen sizes are tried, so a third of the rounds do.
    const options = { ...bench.options, rounds: Math.max(1, Math.floor(bench.options.rounds / 3)) }
    const found = new Map<string, { readonly settings: string; readonly rounds: readonly Measured[] }>()
    const take = async (engine: Engine): Promise<number> => {
      const [measured] = await measure(workload, [engine], { ...bench, options })
      found.set(engine.name, { settings: engine.settings, rounds: measured!.rounds })
      return figures(measured!.rounds).rate.median ?? NaN
    }
    await take(sluice)
    const most = await take(kafkaStreamsWithHeap(sizes.at(-1)!))
    if (Number.isNaN(most)) throw new Error('too few records for a rate; --records and --warm-up take more')
    const keeps = async (mebibytes: number): Promise<boolean> => {
      // Without the memory it needs, it dies, or collects garbage for ever.
      const rate = await take(kafkaStreamsWithHeap(mebibytes)).catch((error: Error) => {
        bench.say(`  with ${mebibytes} MiB: ${error.message.split('\n')[0]}`)
        return 0
      })
      bench.say(`  with ${mebibytes} MiB: ${((100 * rate) / most).toFixed(0)} %`)
      return rate >= enough * most
    }
    const least = await smallest(sizes.slice(0, -1), keeps)
    return result(bench, workload.title, kafkaStreamsWithHeap(least ?? sizes.at(-1)!).name, found)
  },
}

/** The first of ascending sizes that will do, by halving: what is larger than one that does will do too. */
export async function smallest(
  ascending: readonly number[],
  willDo: (size: number) => Promise<boolean>,
): Promise<number | undefined> {
  let [from, to] = [0, ascending.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (await willDo(ascending[middle]!)) to = middle
    else from = middle + 1
  }
  return ascending[from]
}

function result(
  { machine, options }: Bench,
  title: string,
  peer: string,
  found: ReadonlyMap<string, { readonly settings: string; readonly rounds: readonly Measured[] }>,
): Result {
  const peerPeak = figures(found.get(peer)!.rounds).peakMiB
  const kept = `${peer} is the smallest at which it keeps 90 % of its speed`
  return {
    name: heap.name,
    title: `memory, ${title}`,
    machine,
    columns: [
      { id: 'peakMiB', title: 'peak MiB', digits: 0, spread: true },
      { id: 'ratio', title: `: ${peer}`, digits: 2 },
      { id: 'rate', title: 'records/s', digits: 0 },
      { id: 'cpuSecondsPerMillion', title: 'CPU s / 1 M', digits: 1 },
    ],
    rows: [...found].map(([name, { settings, rounds }]) => {
      const each = figures(rounds)
      return {
        id: name,
        label: name,
        note: settings,
        date: today(),
        figures: { ...each, ratio: ratio(each.peakMiB, peerPeak) },
      }
    }),
    notes: [`${kept}; the workload is \`${options.of}\`; a heap that is too small ends with an error and has no row`],
    headline: { column: 'peakMiB', pairs: [{ ours: sluice.name, peer, what: `memory, ${title}; ${kept}` }] },
    chart: { kind: 'bars', column: 'peakMiB', title: 'peak resident memory, MiB' },
  }
}

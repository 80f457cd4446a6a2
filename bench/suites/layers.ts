import { rm } from 'node:fs/promises'
import { changelogOf, layersOf, sharedLayers, type Layer, type LayerName, type Work } from '../ceilings/layers/layer.js'
import { sluice } from '../engines/sluice.js'
import { compare, outputOnKafka } from '../harness/check.js'
import { outputOf } from '../harness/cluster.js'
import { digestOf } from '../harness/datasets.js'
import { freshApplication, measure } from '../harness/measure.js'
import { scratch } from '../harness/at-end.js'
import { turns, type Bench, type Suite } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import { stateless } from '../workloads/stateless.js'
import { program } from './ceilings.js'
import { engineOf, layersResult, works, type Cost, type LayerRow } from './layers-result.js'
import type { Workload } from '../harness/workload.js'

/** Both read the same topic. */
const workloads: Record<Work, Workload> = { stateless, count: countPerKey('count', 100_000) }

const what: Record<LayerName, string> = {
  fetch: 'bare fetch',
  walk: '+ walk over the records',
  value: '+ value, by json()',
  filter: '+ filter',
  key: '+ key as text',
  map: '+ count in a Map',
  batches: '+ batches',
  level: '+ LevelDB',
  transactions: '+ transactions',
}

/** A row: a plain loop up to a layer, or the engine. */
interface Part extends LayerRow {
  readonly run: (bench: Bench) => Promise<Cost>
}

/** Where the time of a record goes: a plain loop over a topic on Kafka, one thing more at each layer, then the engine. */
export const layers: Suite = {
  name: 'layers',
  title: 'where the time of a record goes: a plain loop that does one thing more at each layer, and Sluice',
  async run(bench) {
    const parts = works.flatMap(partsOf)
    const found = new Map<string, Cost[]>(parts.map(({ id }) => [id, []]))
    for (const [, { id, label, run }] of turns(bench.options.rounds, parts)) {
      const cost = await run(bench)
      found.get(id)!.push(cost)
      bench.say(`  ${label}: ${cost.wall.toFixed(2)} µs a record, ${cost.cpu.toFixed(2)} µs of CPU`)
    }
    return layersResult(bench.machine, parts, found)
  },
}

/** The layers of a workload and the engine at their end; those that are shared only once. */
function partsOf(work: Work): Part[] {
  const names = layersOf[work]
  const idOf = (layer: LayerName): string => (sharedLayers.includes(layer) ? layer : `${work} ${layer}`)
  const loops = names.map((layer, i): Part => {
    const shared = sharedLayers.includes(layer)
    return {
      id: idOf(layer),
      label: shared ? what[layer] : `${work}: ${what[layer]}`,
      above: i === 0 ? undefined : idOf(names[i - 1]!),
      of: shared ? works : [work],
      run: bench => loop(bench, work, layer),
    }
  })
  const engine = { id: engineOf(work), label: `sluice, ${work}`, above: idOf(names.at(-1)!), of: [work] }
  return [
    ...loops.filter(({ of }) => of.length === 1 || work === works[0]),
    { ...engine, run: bench => itself(bench, workloads[work]) },
  ]
}

async function loop(bench: Bench, work: Work, layer: LayerName): Promise<Cost> {
  const { options } = bench
  const workload = workloads[work]
  const { partitions } = workload
  const records = options.records + options.warmUp
  const cluster = await bench.cluster()
  const [input] = await (await bench.datasets()).topics(workload, records)
  const application = await freshApplication(bench, { name: `${work}-${layer}` }, sluice, 0)
  const output = outputOf(application)
  const writes = layer === 'transactions'
  const topics = writes ? (work === 'count' ? [output, changelogOf(output)] : [output]) : []
  for (const name of topics) await cluster.createTopic(name, partitions)
  const directory = await scratch()
  try {
    const size = { work, layer, partitions, records, warmUp: options.warmUp }
    const given: Layer = { ...size, brokers: cluster.brokers, input: input!, output, directory }
    const said = await program('layers/main', given)
    if (writes) {
      const written = await outputOnKafka(cluster.brokers, output, workload)
      const expected = digestOf(workload, records)
      await compare(`the plain loop, ${work}`, written, expected, () => workload.expected(records))
    }
    return { wall: 1e6 / Number(said['rate']), cpu: Number(said['cpu']) }
  } finally {
    await rm(directory, { recursive: true, force: true })
    if (writes) await cluster.forget(application).catch(() => {})
  }
}

async function itself(bench: Bench, workload: Workload): Promise<Cost> {
  const once = { ...bench, options: { ...bench.options, rounds: 1 }, say: () => {} }
  const [measured] = await measure(workload, [sluice], once)
  const { rate, cpuSecondsPerMillion } = measured!.rounds[0]!
  return { wall: 1e6 / rate, cpu: cpuSecondsPerMillion }
}

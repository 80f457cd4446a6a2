import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changelogOf, layersOf, sharedLayers, type Layer, type LayerName, type Work } from '../ceilings/layers/layer.js'
import { sluice } from '../engines/sluice.js'
import { compare, outputOnKafka } from '../harness/check.js'
import { outputOf } from '../harness/cluster.js'
import { digestOf } from '../harness/datasets.js'
import { freshApplication, measure } from '../harness/measure.js'
import { figure, figures, ratio, type Figure, type Result, type Row } from '../harness/result.js'
import { today, turns, type Bench, type Suite } from '../harness/suite.js'
import { countPerKey } from '../workloads/count.js'
import { stateless } from '../workloads/stateless.js'
import { program } from './ceilings.js'
import type { Workload } from '../harness/workload.js'

/** Both read the same topic. */
const workloads: Record<Work, Workload> = { stateless, count: countPerKey('count', 100_000) }
const works = ['stateless', 'count'] as const

const what: Record<LayerName, string> = {
  fetch: 'bare fetch',
  walk: '+ walk over the records',
  text: '+ value as text',
  parse: '+ JSON.parse',
  filter: '+ filter',
  key: '+ key as text',
  map: '+ count in a Map',
  batches: '+ batches',
  level: '+ LevelDB',
  transactions: '+ transactions',
}

/** Microseconds a record. */
interface Cost {
  readonly wall: number
  /** Of all threads of the process. */
  readonly cpu: number
}

/** A row: a plain loop up to a layer, or the engine. */
interface Part {
  readonly id: string
  readonly label: string
  /** The row that does one thing less. */
  readonly above: string | undefined
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
    return layersResult(bench, parts, found)
  },
}

/** The layers of a workload and the engine at their end; those that are shared only once. */
function partsOf(work: Work): Part[] {
  const names = layersOf[work]
  const idOf = (layer: LayerName): string => (sharedLayers.includes(layer) ? layer : `${work} ${layer}`)
  const loops = names.map((layer, i) => ({
    id: idOf(layer),
    label: sharedLayers.includes(layer) ? what[layer] : `${work}: ${what[layer]}`,
    above: i === 0 ? undefined : idOf(names[i - 1]!),
    run: (bench: Bench) => loop(bench, work, layer),
  }))
  const engine = { id: `sluice ${work}`, label: `sluice, ${work}`, above: idOf(names.at(-1)!) }
  return [
    ...loops.filter(({ id }) => work === works[0] || !sharedLayers.some(shared => shared === id)),
    { ...engine, run: bench => itself(bench, workloads[work]) },
  ]
}

async function loop(bench: Bench, work: Work, layer: LayerName): Promise<Cost> {
  const { options } = bench
  const workload = workloads[work]
  const wanted = options.records + options.warmUp
  const cluster = await bench.cluster()
  const [input] = await (await bench.datasets()).topics(workload, wanted)
  const application = await freshApplication(bench, { name: `${work}-${layer}` }, sluice, 0)
  const output = outputOf(application)
  const writes = layer === 'transactions'
  if (writes) for (const name of [output, changelogOf(output)]) await cluster.createTopic(name, workload.partitions)
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  try {
    const { warmUp } = options
    const { partitions } = workload
    const given: Layer = {
      work,
      layer,
      directory,
      brokers: cluster.brokers,
      input: input!,
      output,
      partitions,
      records: wanted,
      warmUp,
    }
    const said = await program('layers/main', given)
    if (writes) {
      const written = await outputOnKafka(cluster.brokers, output, workload)
      const expected = digestOf(workload, wanted)
      await compare(`the plain loop, ${work}`, written, expected, () => workload.expected(wanted))
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

function layersResult({ machine }: Bench, parts: readonly Part[], found: ReadonlyMap<string, readonly Cost[]>): Result {
  const known = new Map(Array.from(found, ([id, costs]) => [id, figures(costs)]))
  const rows = parts.map(({ id, label, above }): Row => {
    const cost = known.get(id)!
    const before = above === undefined ? undefined : known.get(above)
    const added = before && { moreWall: less(cost.wall, before.wall), moreCpu: less(cost.cpu, before.cpu) }
    const shares = works
      .filter(work => sharedLayers.some(layer => layer === id) || id.endsWith(work) || id.startsWith(work))
      .map(work => [work, ratio(cost.wall, known.get(`sluice ${work}`)!.wall)] as const)
    return { id, label, note: '', date: today(), figures: { ...cost, ...added, ...Object.fromEntries(shares) } }
  })
  return {
    name: layers.name,
    title: 'where the time of a record goes, layer by layer',
    machine,
    columns: [
      { id: 'wall', title: 'µs', digits: 2, spread: true },
      { id: 'moreWall', title: 'more', digits: 2 },
      { id: 'cpu', title: 'CPU µs', digits: 2, spread: true },
      { id: 'moreCpu', title: 'more', digits: 2 },
      ...works.map(work => ({ id: work, title: `${work} reaches`, digits: 2 })),
    ],
    rows,
    notes: notes(known),
    chart: { kind: 'bars', column: 'wall', title: 'µs of wall a record' },
    headline: { column: 'wall', pairs: [] },
  }
}

function less(one: Figure, other: Figure): Figure {
  return figure([(one.median ?? NaN) - (other.median ?? NaN)])
}

function notes(known: ReadonlyMap<string, Record<keyof Cost, Figure>>): string[] {
  const parsed = known.get('filter')!.wall
  const reached = works.map(work => {
    const share = ratio(parsed, known.get(`sluice ${work}`)!.wall).median ?? NaN
    return `${work} ${Math.round(share * 100)} %`
  })
  const most = Math.round(1e6 / (parsed.median ?? NaN)).toLocaleString('en')
  return [
    'each row does what the one above it does (the first of the count: what the filter does) and one thing more, in a process of its own; more: than that row; reaches: the share of its speed that Sluice has',
    `fetch, walk, text, JSON.parse and filter alone do ${most} records/s: what one thread can do at most with this JSON; of that reach: ${reached.join(', ')}`,
    'bare fetch: checksums checked, no record looked at; batches: map, JSON.stringify and batches of the output, or of output and changelog with the counts that changed in 100 ms, finished and dropped; transactions: those batches sent, and committed with the positions every 100 ms; what they wrote is compared',
    'CPU: of all threads of the process',
  ]
}

import fc from 'fast-check'
import { pick } from './choices.js'
import { Grower } from './grower.js'
import type { OracleInput, OracleNode, Question, Value } from './question.js'
import { buildPipeline } from './pipeline.js'
import { topicsOf } from './sources.js'

/** A question, and how the pipeline that answers it runs. */
export interface Case extends Question {
  /** Of every topic; more than one shows whether equal keys meet. */
  readonly partitions: number
  /** Restarts after every so many records, with the stores restored from their changelogs. */
  readonly restartEvery?: number | undefined
}

const draw = fc.record({
  op: fc.nat(999),
  of: fc.nat(99),
  with: fc.nat(99),
  x: fc.nat(99),
  y: fc.nat(99),
  w: fc.nat(99),
})

const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 12 }) },
  { weight: 3, arbitrary: fc.constantFrom('x', 'y', 'zz', '') },
  { weight: 2, arbitrary: fc.constant(null) },
)
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('k1', 'k2', 'k3') },
  { weight: 1, arbitrary: fc.constant(null) },
)
/** Half of them on a grid, so that distances are often just those of a window, a gap or a grace. */
const time = fc.oneof(
  fc.nat(60),
  fc.nat(12).map(n => n * 5),
)
/** The number stands for one of the topics that are read. */
const record = fc.tuple(fc.nat(99), key, value, time)
/** Steps of the wall clock. */
const pause = fc.record({ steps: fc.integer({ min: 1, max: 6 }) })
const input = fc.oneof({ weight: 10, arbitrary: record }, { weight: 1, arbitrary: pause })

/** A run of its own kind in every fifth case each. */
const run = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ partitions: 1 }) },
  { weight: 1, arbitrary: fc.constant({ partitions: 3 }) },
  { weight: 1, arbitrary: fc.nat(6).map(n => ({ partitions: 1, restartEvery: n + 1 })) },
)

/** Topologies of up to eight operators over streams and tables, with records out of order, null keys and tombstones. */
export const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.array(draw, { minLength: 1, maxLength: 8 }), fc.array(input, { minLength: 1, maxLength: 16 }), run)
  .map(([draws, drawn, how]): Case => {
    const grower = new Grower({ spread: how.partitions > 1, whole: !('restartEvery' in how) })
    for (const each of draws) grower.add(each)
    const topology = byOneTime(grower.finish())
    // A record without a key does not pass an explicit repartition, where Kafka Streams spreads it: a difference by design.
    // Nor does one pass Kafka Streams' join that waits for late rows: it fails there.
    const keyed = topology.some(node => node.op === 'repartition' || (node.op === 'join' && waits(node)))
    const nullable = JSON.stringify(topology).includes('nullIf')
    if (keyed && nullable) return nothing
    const read = topology.flatMap(topicsOf)
    if (read.length === 0) return nothing
    const isTimed = topology.some(node => node['time'] === 'wall-clock')
    const inputs = drawn.flatMap((each, i): OracleInput[] => {
      if (!('steps' in each)) return [[pick(read, each[0]), each[1], each[2], each[3], `r${i}`]]
      return isTimed ? Array.from({ length: each.steps }, () => ({ advance: clockStep })) : []
    })
    const records = withoutIdleTombstones(inputs, topology).filter(
      each => 'advance' in each || each[1] !== null || !keyed,
    )
    const stores = topology.flatMap(node =>
      // Of a store with a history, Kafka Streams shows those keys alone that it is asked for: those of the records.
      node['as'] === undefined || storeless.has(node.op) || node['kind'] === 'versions' ? [] : [node['as'] as string],
    )
    return { topology, records, stores, ...how }
  })
  .filter(({ topology }) => topology.length > 0)

const nothing: Case = { topology: [], records: [], partitions: 1 }

/**
 * In milliseconds: what the intervals of timers are multiples of. Kafka Streams' driver goes straight to the end of an
 * advance, Sluice's calls what is due on the way.
 */
const clockStep = 5

/**
 * Each part of a topology has a stream time, but Kafka Streams' driver has one for all: with timers on stream time nothing
 * stays but what hangs together with them, and where that still has several parts, they go by the wall clock.
 */
function byOneTime(topology: readonly OracleNode[]): readonly OracleNode[] {
  const timed = topology.find(node => node['time'] === 'stream-time')
  if (timed === undefined) return topology
  const connected = around(timed, topology)
  if (buildPipeline(connected).describe().toJSON().subTopologies.length === 1) return connected
  return topology.map(node => (node['time'] === 'stream-time' ? { ...node, time: 'wall-clock' } : node))
}

function around(start: OracleNode, topology: readonly OracleNode[]): readonly OracleNode[] {
  const ids = new Set([start.id])
  for (let size = 0; size < ids.size;) {
    size = ids.size
    for (const node of topology) {
      const all = [node.id, ...parentsOf(node)]
      if (all.some(id => ids.has(id))) for (const id of all) ids.add(id)
    }
  }
  return topology.filter(({ id }) => ids.has(id))
}

function parentsOf(node: OracleNode): string[] {
  const {
    of,
    with: other,
    table,
    more = [],
    others = [],
  } = node as unknown as Partial<Record<string, string>> & {
    readonly more?: readonly string[]
    readonly others?: readonly { readonly of: string }[]
  }
  const ids = [of, other, table, ...more, ...others.map(each => each.of)]
  return ids.filter(id => id !== undefined).map(id => id.split('.')[0]!)
}

function waits(node: OracleNode): boolean {
  return node['grace'] !== undefined && node['before'] === undefined
}

/** What has a name, but no store that can be asked for. */
const storeless = new Set(['repartition', 'groupByKey', 'groupBy', 'globalTable', 'dedupe', 'late'])

/** Leaves out tombstones of keys that a table does not have: where it has a history, those that would be the latest. */
function withoutIdleTombstones(records: readonly OracleInput[], topology: readonly OracleNode[]): OracleInput[] {
  const rows = new Map<string, { readonly time: number; readonly isThere: boolean }>()
  const observed = new Map<string, number>()
  return records.filter(input => {
    if ('advance' in input) return true
    const [topic, recordKey, recordValue, time] = input
    const table = topology.find(({ op, topic: read }) => op === 'table' && read === topic)
    if (table === undefined) return true
    const id = `${topic} ${recordKey}`
    const history = table['history'] as number | undefined
    const row = rows.get(id)
    const streamTime = Math.max(observed.get(topic) ?? time, time)
    const isOld = time < streamTime - (history ?? Number.POSITIVE_INFINITY) || (row !== undefined && time < row.time)
    if (history !== undefined && isOld) return true
    // One that is left out moves no time.
    if (recordValue === null && row?.isThere !== true) return false
    observed.set(topic, streamTime)
    rows.set(id, { time, isThere: recordValue !== null })
    return true
  })
}

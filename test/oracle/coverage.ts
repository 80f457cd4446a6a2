import type fc from 'fast-check'
import type { Case } from './cases.js'
import type { OracleNode } from './question.js'

/** Everything that cases have to hit: operators, their options, what records and runs are like. */
const expected = `
stream; stream of several topics; stream of a pattern; stream with a timestamp extractor; table; table with a name; global table
filter of a stream; filterNot of a stream; map of a stream; flatMap; selectKey; mapRecord; merge; split; repartition
groupByKey; groupBy of a stream; groupBy of a table; groupBy of a table with another value; groupBy of a windowed table
toTable; toStream; to; to from a table
filter of a table; filterNot of a table; map of a table; step of a table with a store; step of a windowed table
count of a stream; reduce of a stream; aggregate of a stream
count of a table; reduce of a table; aggregate of a table
count over tumbling; reduce over tumbling; aggregate over tumbling; final over tumbling
count over hopping; reduce over hopping; aggregate over hopping; final over hopping
count over sliding; reduce over sliding; aggregate over sliding; final over sliding
count over session; reduce over session; aggregate over session; final over session
count over unlimited; reduce over unlimited; aggregate over unlimited
grace of tumbling; grace of hopping; grace of sliding; grace of session; no grace of windows
default retention of tumbling; default retention of hopping
cogroup; cogroup of three; cogroup over tumbling; cogroup over hopping; cogroup over sliding; cogroup over session
cogroup over unlimited
suppress until the window closes; suppress for a time; suppress for no time; suppress that emits early; suppress that stops when full; suppress until the window closes that stops when full
streams: inner join; streams: left join; streams: outer join; streams: self join; streams: join of a join
streams: windows on one side of the record; streams: grace; streams: no grace
stream and table: inner join; stream and table: left join
stream and global table: inner join; stream and global table: left join
stream and versioned table: inner join; stream and versioned table: left join
stream and versioned table: grace; versioned table
tables: inner join; tables: left join; tables: outer join; join of tables with a store; tables: join of a join
windowed tables: inner join; windowed tables: left join; windowed tables: outer join
versioned table: filter; versioned table: filterNot; versioned table: map; versioned table: toStream
versioned table: groupBy; versioned table: join; versioned table: foreign key
stream and table: join of a join; merge of three; toStream with tombstones; store in memory; foreign key: three partitions
foreign key: inner join; foreign key: left join
record without a key; tombstone; record out of order
three partitions; restarts
to one of two topics; peek; flatMapRecord; dedupe; dedupe: no grace
late of tumbling; late of hopping; late of sliding; late of session
process: total; process: windows; process: sessions; process: versions; process: stamp
process: flush on stream-time; process: flush on wall-clock; steps of the wall clock
processValues: total; processValues: windows; processValues: sessions; processValues: versions; processValues: stamp
processValues: lookup; store of a processor in memory; process: two outputs
`
  .split(/[;\n]/)
  .map(name => name.trim())
  .filter(name => name !== '')
const known: ReadonlySet<string> = new Set(expected)

/** Counts in how many cases each operator and option ran. */
export class Coverage {
  readonly #counts = new Map(expected.map(name => [name, 0]))

  add(it: Case): void {
    for (const name of featuresOfCase(it)) this.#counts.set(name, this.#counts.get(name)! + 1)
  }

  get missing(): string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([name]) => name)
  }

  toString(): string {
    const width = Math.max(...expected.map(name => name.length))
    return [...this.#counts].map(([name, count]) => `${name.padEnd(width)} ${String(count).padStart(7)}`).join('\n')
  }
}

/** What of the table a case has. */
export function featuresOfCase(it: Case): ReadonlySet<string> {
  const names = new Set([
    ...it.topology.flatMap(node => [...featuresOf(node, it.topology), ...featuresAround(node, it.topology)]),
    ...featuresOfRun(it),
  ])
  for (const name of names) if (!known.has(name)) throw new Error(`the coverage table does not know "${name}"`)
  return names
}

/** The cases that have one of these: the same random ones, those that could not show what is looked for left out. */
export function having(all: fc.Arbitrary<Case>, features: readonly string[]): fc.Arbitrary<Case> {
  const unknown = features.find(name => !known.has(name))
  if (unknown !== undefined) throw new Error(`the coverage table does not know "${unknown}"`)
  if (features.length === 0) return all
  return all.filter(it => {
    const has = featuresOfCase(it)
    return features.some(name => has.has(name))
  })
}

function featuresOfRun({ topology, records, partitions, restartEvery }: Case): string[] {
  const found: string[] = []
  const isForeign = topology.some(node => node['on'] !== undefined && node['as'] !== undefined)
  if (isForeign && partitions > 1) found.push('foreign key: three partitions')
  let latest = Number.NEGATIVE_INFINITY
  for (const record of records) {
    if ('advance' in record) {
      found.push('steps of the wall clock')
      continue
    }
    const [, key, value, timestamp] = record
    if (key === null) found.push('record without a key')
    if (value === null) found.push('tombstone')
    if (timestamp < latest) found.push('record out of order')
    latest = Math.max(latest, timestamp)
  }
  if (partitions === 3) found.push('three partitions')
  if (restartEvery !== undefined && restartEvery <= records.length) found.push('restarts')
  return found
}

/** What is not the operator's own. */
function featuresAround(node: OracleNode, topology: readonly OracleNode[]): string[] {
  const found: string[] = []
  if (node['in'] === 'memory' && !node.op.startsWith('process')) found.push('store in memory')
  const above = [node.of, node['with'] as string | undefined].map(id => topology.find(each => each.id === id))
  if (!above.some(hasVersions)) return found
  const isTable = kindOf(above[0], topology) === 'table'
  if (node.op === 'join' && isTable) found.push(`versioned table: ${node['on'] === undefined ? 'join' : 'foreign key'}`)
  if (ofVersions.has(node.op)) found.push(`versioned table: ${node.op}`)
  return found
}

const ofVersions = new Set(['filter', 'filterNot', 'map', 'toStream', 'groupBy'])

function featuresOf(node: OracleNode, topology: readonly OracleNode[]): string[] {
  const above = topology.find(({ id }) => id === node.of?.split('.')[0])
  const kind = kindOf(above, topology)
  switch (node.op) {
    case 'stream':
      if (node['pattern'] !== undefined) return ['stream of a pattern']
      if (node['time'] !== undefined) return ['stream with a timestamp extractor']
      return [node['topics'] === undefined ? 'stream' : 'stream of several topics']
    case 'table':
      if (node['history'] !== undefined) return ['versioned table']
      return [node['as'] === undefined ? 'table' : 'table with a name']
    case 'globalTable':
      return ['global table']
    case 'merge':
      return node['more'] === undefined ? ['merge'] : ['merge', 'merge of three']
    case 'toStream':
      return node['tombstones'] === true ? ['toStream', 'toStream with tombstones'] : ['toStream']
    case 'filter':
    case 'filterNot':
    case 'map': {
      const found = [`${node.op} of a ${kind}`]
      if (kind === 'table' && node['as'] !== undefined) found.push('step of a table with a store')
      if (kind === 'table' && isWindowed(above, topology)) found.push('step of a windowed table')
      return found
    }
    case 'groupBy':
      return [
        `groupBy of a ${kind}`,
        ...(node['f'] === undefined ? [] : ['groupBy of a table with another value']),
        ...(kind === 'table' && isWindowed(above, topology) ? ['groupBy of a windowed table'] : []),
      ]
    case 'process':
    case 'processValues':
      return [
        [`${node.op}: ${String(node['kind'])}`, ...(typeof node['time'] === 'string' ? [node['time']] : [])].join(
          ' on ',
        ),
        ...(node['in'] === undefined ? [] : ['store of a processor in memory']),
        ...(node['outputs'] === undefined ? [] : ['process: two outputs']),
      ]
    case 'late':
      return [`late of ${String(node['kind'])}`]
    case 'dedupe':
      return ['dedupe', ...(node['grace'] === 0 ? ['dedupe: no grace'] : [])]
    case 'to':
      if (node['topics'] !== undefined) return ['to one of two topics']
      return kind === 'table' ? ['to', 'to from a table'] : ['to']
    case 'count':
    case 'reduce':
    case 'aggregate':
      return aggregated(node, above!, topology)
    case 'window':
      if (node['kind'] === 'unlimited') return []
      return [node['grace'] === 0 ? 'no grace of windows' : `grace of ${String(node['kind'])}`]
    case 'cogroup':
      return (node['others'] as unknown[]).length === 2 ? ['cogroup', 'cogroup of three'] : ['cogroup']
    case 'suppress':
      if (node['until'] === 'window-closes') {
        return [`suppress until the window closes${node['full'] === undefined ? '' : ' that stops when full'}`]
      }
      return [
        node['limit'] === 0 ? 'suppress for no time' : 'suppress for a time',
        ...(node['records'] === undefined
          ? []
          : [node['full'] === undefined ? 'suppress that emits early' : 'suppress that stops when full']),
      ]
    case 'join':
      return joined(node, above, topology)
    default:
      return [node.op]
  }
}

function aggregated(node: OracleNode, above: OracleNode, topology: readonly OracleNode[]): string[] {
  const { op } = node
  const grouped = topology.find(({ id }) => id === above.of)
  if (above.op === 'cogroup') return []
  if (above.op !== 'window') return [`${op} of a ${kindOf(grouped, topology)}`]
  const { kind, emit } = above as unknown as { kind: string; emit?: string }
  if (grouped!.op === 'cogroup') return [`cogroup over ${kind}`]
  return [
    `${op} over ${kind}`,
    ...(emit === 'final' ? [`final over ${kind}`] : []),
    ...(node['retention'] === 'default' ? [`default retention of ${kind}`] : []),
  ]
}

function joined(node: OracleNode, above: OracleNode | undefined, topology: readonly OracleNode[]): string[] {
  const other = topology.find(({ id }) => id === (node['with'] as string).split('.')[0])
  const join = `${String(node['kind'])} join`
  if (other?.op === 'globalTable') return [`stream and global table: ${join}`]
  if (node['on'] !== undefined) return [`foreign key: ${join}`]
  if (hasVersions(other) && kindOf(above, topology) === 'stream') {
    return [
      `stream and versioned table: ${join}`,
      ...(node['grace'] === undefined ? [] : ['stream and versioned table: grace']),
    ]
  }
  if (kindOf(above, topology) === 'table') {
    if (isWindowed(above, topology)) return [`windowed tables: ${join}`]
    const chained = above?.op === 'join' || other?.op === 'join'
    return [
      `tables: ${join}`,
      ...(chained ? ['tables: join of a join'] : []),
      ...(node['as'] === undefined ? [] : ['join of tables with a store']),
    ]
  }
  if (kindOf(other, topology) === 'table') {
    return [`stream and table: ${join}`, ...(above?.op === 'join' ? ['stream and table: join of a join'] : [])]
  }
  const found = [`streams: ${join}`, node['grace'] === 0 ? 'streams: no grace' : 'streams: grace']
  if (node.of === node['with']) found.push('streams: self join')
  if (above?.op === 'join' || other?.op === 'join') found.push('streams: join of a join')
  if ((node['before'] as number) < 0) found.push('streams: windows on one side of the record')
  return found
}

/** Processors have stores with a history too. */
function hasVersions(node: OracleNode | undefined): boolean {
  return node?.op === 'table' && node['history'] !== undefined
}

const tables = new Set(['table', 'toTable', 'count', 'reduce', 'aggregate', 'suppress'])
const like = new Set(['filter', 'filterNot', 'map', 'join'])

function kindOf(node: OracleNode | undefined, topology: readonly OracleNode[]): 'stream' | 'table' {
  if (node === undefined) return 'stream'
  if (tables.has(node.op)) return 'table'
  return like.has(node.op) ? kindOf(parentOf(node, topology), topology) : 'stream'
}

function isWindowed(node: OracleNode | undefined, topology: readonly OracleNode[]): boolean {
  if (node === undefined) return false
  const parent = parentOf(node, topology)
  return parent?.op === 'window' || (kindOf(parent, topology) === 'table' && isWindowed(parent, topology))
}

function parentOf({ of }: OracleNode, topology: readonly OracleNode[]): OracleNode | undefined {
  return topology.find(({ id }) => id === of?.split('.')[0])
}

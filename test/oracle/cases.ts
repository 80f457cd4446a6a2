import fc from 'fast-check'
import type { Fn, OracleInput, OracleNode, Question, Value } from './question.js'

/** One operator of a case, as numbers that mean something only in their place: so a case shrinks to a smaller one. */
interface Draw {
  readonly op: number
  readonly of: number
  readonly with: number
  readonly x: number
  readonly y: number
}

/** A node that later ones may follow. */
interface Open {
  readonly id: string
  readonly kind: 'stream' | 'table'
  /** The topics its records come from. */
  readonly topics: ReadonlySet<string>
  /** A repartition lies above: then the order against what comes another way is nobody's promise. */
  readonly repartitioned: boolean
  readonly rekeyed: boolean
  /** A count or aggregate of a stream lies above: Kafka Streams tells its initial value as the former one of a new key. */
  readonly initial: boolean
  /** A table whose values may come out as null: Kafka Streams hands on that nothing became nothing, Sluice does not. */
  readonly idle: boolean
}

const sources: readonly (OracleNode & { readonly topic: string })[] = [
  { id: 'a', op: 'stream', topic: 'a' },
  { id: 'b', op: 'stream', topic: 'b' },
  { id: 't', op: 'table', topic: 't' },
  { id: 'u', op: 'table', topic: 'u', as: 'u-store' },
]

const draw = fc.record({
  op: fc.nat(99),
  of: fc.nat(99),
  with: fc.nat(99),
  x: fc.nat(99),
  y: fc.nat(99),
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
const record: fc.Arbitrary<OracleInput> = fc.tuple(
  fc.constantFrom(...sources.map(({ topic }) => topic)),
  key,
  value,
  fc.nat(60),
)

/** Topologies of up to eight operators over two streams and two tables, with records out of order, null keys and tombstones. */
export const questions: fc.Arbitrary<Question> = fc
  .tuple(fc.array(draw, { minLength: 1, maxLength: 8 }), fc.array(record, { minLength: 1, maxLength: 24 }))
  .map(([draws, records]): Question => {
    const topology = grow(draws)
    // A record without a key does not pass an explicit repartition, where Kafka Streams spreads it: a difference by design.
    const keyed = topology.some(({ op }) => op === 'repartition')
    const nullable = JSON.stringify(topology).includes('nullIf')
    if (keyed && nullable) return { topology: [], records: [] }
    const read = new Set(topology.flatMap(node => (node.of === undefined ? [node['topic']] : [])))
    const heard = withoutIdleTombstones(records).filter(
      input => 'advance' in input || (read.has(input[0]) && (input[1] !== null || !keyed)),
    )
    const stores = topology.flatMap(node =>
      node['as'] === undefined || node.op === 'repartition' ? [] : [node['as'] as string],
    )
    return { topology, records: heard, stores }
  })
  .filter(({ topology }) => topology.length > 0)

/** Leaves out tombstones of keys that a table does not have. */
function withoutIdleTombstones(records: readonly OracleInput[]): OracleInput[] {
  const present = new Set<string>()
  return records.filter(input => {
    if ('advance' in input) return true
    const [topic, recordKey, recordValue] = input
    if (!sources.some(source => source.op === 'table' && source.topic === topic)) return true
    const id = `${topic} ${recordKey}`
    if (recordValue === null) return present.delete(id)
    present.add(id)
    return true
  })
}

/** Operators one after the other; each follows a node there is, or is left out when it fits none. */
function grow(draws: readonly Draw[]): OracleNode[] {
  const grower = new Grower()
  for (const each of draws) grower.add(each)
  return grower.finish()
}

class Grower {
  readonly #open: Open[] = sources.map(({ id, op, topic }) => ({
    id,
    kind: op as Open['kind'],
    topics: new Set([topic]),
    repartitioned: false,
    rekeyed: false,
    initial: false,
    idle: false,
  }))
  readonly #nodes: OracleNode[] = []
  readonly #followed = new Set<string>()
  #count = 0

  add(d: Draw): void {
    const of = pick(this.#open, d.of)
    if (of.kind === 'stream') this.#ofStream(d, of)
    else this.#ofTable(d, of)
  }

  /** Everything that nothing follows is written to a topic of its own. */
  finish(): OracleNode[] {
    const used = sources.filter(({ id }) => this.#followed.has(id))
    const ends = this.#open.filter(({ id }) => !this.#followed.has(id) && !sources.some(source => source.id === id))
    const sinks = ends.map(({ id }, i): OracleNode => ({ id: `to${i}`, op: 'to', of: id, topic: `out${i}` }))
    return [...used, ...this.#nodes, ...sinks]
  }

  #ofStream(d: Draw, of: Open): void {
    const { x, y } = d
    switch (d.op % 17) {
      case 0:
        return void this.#follow(of, { op: x % 2 ? 'filterNot' : 'filter', p: predicate(y) })
      case 1:
        return void this.#follow(of, { op: 'map', f: mapper(x, y) })
      case 2:
        return void this.#follow(of, { op: 'flatMap', f: ['repeat', 3] })
      case 3:
        return void this.#follow(of, { op: 'selectKey', k: selector(x, y) }, { rekeyed: true })
      case 4:
        return void this.#follow(of, { op: 'mapRecord', k: selector(x, y), f: mapper(y, x) }, { rekeyed: true })
      case 5: {
        const other = this.#partner(d, of, 'stream')
        if (other !== undefined) this.#merge(of, other)
        return
      }
      case 6: {
        const node = this.#follow(of, { op: 'split', ps: [predicate(x), predicate(y)] })
        this.#open.pop()
        for (const branch of ['0', '1', 'rest']) this.#open.push({ ...node, id: `${node.id}.${branch}` })
        return
      }
      case 7:
        return void this.#repartition(of)
      case 8:
        return this.#toTable(of, { op: 'toTable' })
      case 9:
      case 10:
      case 11: {
        const by = x % 3 === 0 ? { op: 'groupByKey' } : { op: 'groupBy', k: selector(x, y) }
        const repartitioned = of.repartitioned || of.rekeyed || x % 3 !== 0
        return this.#aggregate(d, this.#follow(of, by, { repartitioned }), repartitioned)
      }
      case 12:
      case 13:
        return this.#joinStreams(d, of)
      default: {
        const table = this.#partner(d, of, 'table')
        if (table === undefined) return
        const keyed = of.rekeyed ? this.#repartition(of) : of
        if (!fits(keyed, table)) return
        this.#join(keyed, table, { kind: x % 2 ? 'left' : 'inner', joiner: joiner(y, x) })
      }
    }
  }

  /** Also of a stream with itself. */
  #joinStreams(d: Draw, of: Open): void {
    const { x, y } = d
    const found = this.#partner(d, of, 'stream')
    if (found === undefined) return
    const left = of.rekeyed ? this.#repartition(of) : of
    const right = found === of ? left : found.rekeyed ? this.#repartition(found) : found
    if (!fits(left, right)) return
    this.#join(left, right, {
      kind: ['inner', 'left', 'outer'][x % 3]!,
      joiner: joiner(y, x),
      before: [0, 5, 20, -3][y % 4]!,
      after: y % 4 === 3 ? 3 + (x % 4) * 4 : [3, 0, 10, 30][x % 4]!,
      grace: [0, 10, 50][(x + y) % 3]!,
      name: this.#name(),
    })
  }

  #ofTable(d: Draw, of: Open): void {
    const { x, y } = d
    const as = x % 2 ? { as: this.#name() } : {}
    switch (d.op % 10) {
      case 0:
        return void this.#follow(of, { op: y % 2 ? 'filterNot' : 'filter', p: predicate(x), ...as })
      case 1: {
        const f = mapper(y, x)
        return void this.#follow(of, { op: 'map', f, ...as }, { idle: of.idle || f[0] === 'nullIf' })
      }
      case 2:
      case 3:
        return void this.#follow(of, { op: 'toStream', tombstones: false }, { kind: 'stream', idle: false })
      case 4:
      case 5:
      case 6: {
        if (of.initial) return
        const grouped = this.#follow(of, { op: 'groupBy', k: selector(x, y), ...(y % 2 ? { f: mapper(y, x) } : {}) })
        return this.#aggregate(d, grouped, true)
      }
      default: {
        const other = this.#partner(d, of, 'table')
        if (other === undefined || !apart(of, other) || of.idle || other.idle) return
        const how = joiner(y, x)
        const idle = ['left', 'right', 'nullIf'].includes(how[0])
        this.#join(of, other, { kind: ['inner', 'left', 'outer'][y % 3]!, joiner: how, ...as }, { idle })
      }
    }
  }

  /** After a grouping, which is no node that others may follow. */
  #aggregate({ x, y, with: z }: Draw, group: Open, repartitioned: boolean): void {
    this.#open.pop()
    const table = this.#nodes.at(-1)!.op === 'groupBy' && this.#kindOf(this.#nodes.at(-1)!.of!) === 'table'
    const subtract = table ? { subtract: pick([['strike'], ['minus']], x) } : {}
    const what = pick<Omit<OracleNode, 'id' | 'of'>>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x), ...subtract },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z), ...subtract },
      ],
      z,
    )
    const initial = what.op !== 'reduce' && !table
    this.#follow(
      group,
      { ...what, as: this.#name() },
      { kind: 'table', repartitioned, rekeyed: false, initial, idle: false },
    )
  }

  #kindOf(id: string): Open['kind'] | undefined {
    return this.#open.find(node => node.id === id)?.kind
  }

  #toTable(of: Open, node: Omit<OracleNode, 'id'>): void {
    const repartitioned = of.repartitioned || of.rekeyed
    // Tombstones of keys that the table does not have go no further here.
    const present = this.#follow(of, { op: 'filterNot', p: ['isNull'] })
    this.#follow(present, { ...node, as: this.#name() }, { kind: 'table', repartitioned, rekeyed: false })
  }

  #repartition(of: Open): Open {
    return this.#follow(of, { op: 'repartition', as: this.#name() }, { repartitioned: true, rekeyed: false })
  }

  #merge(of: Open, other: Open): void {
    if (of === other || !fits(of, other)) return
    this.#followed.add(other.id)
    const merged = { ...both(of, other), rekeyed: of.rekeyed || other.rekeyed }
    this.#follow(of, { op: 'merge', with: other.id }, merged)
  }

  #join(of: Open, other: Open, node: Omit<OracleNode, 'id' | 'op'>, change: Partial<Open> = {}): void {
    this.#followed.add(other.id)
    this.#follow(of, { ...node, op: 'join', with: other.id }, { ...both(of, other), ...change })
  }

  #partner(d: Draw, of: Open, kind: Open['kind']): Open | undefined {
    const fitting = this.#open.filter(node => node.kind === kind && fits(of, node))
    return fitting.length === 0 ? undefined : pick(fitting, d.with)
  }

  #follow(of: Open, node: Omit<OracleNode, 'id'>, change: Partial<Open> = {}): Open {
    const id = `n${this.#count++}`
    this.#nodes.push({ id, of: of.id, ...node } as OracleNode)
    this.#followed.add(of.id)
    const open = { ...of, ...change, id }
    this.#open.push(open)
    return open
  }

  #name(): string {
    return `s${this.#count}`
  }
}

/** Whether the order of what comes from both is settled: by other records, or without a topic in between. */
function fits(a: Open, b: Open): boolean {
  return (!a.repartitioned && !b.repartitioned) || apart(a, b)
}

/** Nothing comes to both: one change at two sides of a join of tables is two changes, and what shows in between is chance. */
function apart(a: Open, b: Open): boolean {
  return [...a.topics].every(topic => !b.topics.has(topic))
}

function both(a: Open, b: Open): Partial<Open> {
  return {
    topics: new Set([...a.topics, ...b.topics]),
    repartitioned: a.repartitioned || b.repartitioned,
    initial: a.initial || b.initial,
  }
}

function predicate(n: number): Fn {
  return pick<Fn>([['mod', 2, 0], ['keyMod', 2, 0], ['mod', 3, 1], ['isNull'], ['true'], ['false']], n)
}

function mapper(n: number, m: number): Fn {
  return pick<Fn>(
    [['add', 1], ['id'], ['append', '!'], ['length'], ['withKey'], ['const', 'c'], ['nullIf', predicate(m)]],
    n,
  )
}

function selector(n: number, m: number): Fn {
  return pick<Fn>([['bucket', 2], ['value'], ['keyBucket', 2], ['key'], ['nullIf', predicate(m), ['bucket', 3]]], n)
}

function reducer(n: number, m: number): Fn {
  return pick<Fn>(
    [
      ['sum'],
      ['concat'],
      ['last'],
      ['min'],
      ['max'],
      ['nullIf', ['mod', 3, 0], ['sum']],
      ['nullIf', predicate(m), ['concat']],
    ],
    n,
  )
}

function joiner(n: number, m: number): Fn {
  return pick<Fn>([['pair'], ['left'], ['right'], ['sum'], ['nullIf', predicate(m), ['pair']]], n)
}

function pick<T>(list: readonly T[], n: number): T {
  return list[n % list.length]!
}

import { foreignKey, joiner, mapper, merger, pick, predicate, reducer, rowKey, selector } from './choices.js'
import { apart, both, fits, type Open } from './open.js'
import type { Fn, OracleNode } from './question.js'
import { sources, topicsOf } from './sources.js'
import { bounds, endless, patient, windowsOf, type WindowNode } from './window-choices.js'

/** One operator of a case, as numbers that mean something only in their place: so a case shrinks to a smaller one. */
export interface Draw {
  readonly op: number
  readonly of: number
  readonly with: number
  readonly x: number
  readonly y: number
  readonly w: number
}

interface NewNode {
  readonly op: string
  readonly [field: string]: unknown
}

/**
 * Puts operators one after the other; each follows a node there is, or is left out where it fits none. `spread` is for
 * topologies over several partitions: nothing in them depends on stream time, which each partition has for itself.
 */
export class Grower {
  readonly #spread: boolean
  readonly #open: Open[]
  readonly #nodes: OracleNode[] = []
  readonly #followed = new Set<string>()
  #count = 0

  constructor(spread: boolean) {
    this.#spread = spread
    this.#open = sources
      .filter(({ op }) => op !== 'globalTable')
      .map(node => ({
        id: node.id,
        kind: node.op as Open['kind'],
        topics: new Set(topicsOf(node)),
        repartitioned: false,
        rekeyed: false,
        otherFormer: false,
        idle: false,
        talkative: false,
        versioned: node['history'] !== undefined,
      }))
  }

  add(d: Draw): void {
    const of = pick(this.#open, d.of)
    if (this.#mustStay(of) && of.rekeyed) return
    if (of.kind === 'stream') this.#ofStream(d, of)
    else this.#ofTable(d, of)
  }

  /** Over several partitions, what has parted and met again by way of two topics has no order that anyone promises. */
  #mustStay(of: Open): boolean {
    return this.#spread && of.repartitioned
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
    switch (d.op % 22) {
      case 0:
        return void this.#follow(of, { op: x % 2 ? 'filterNot' : 'filter', p: predicate(y) })
      case 1:
        return void this.#follow(of, { op: 'map', f: mapper(x, y) })
      case 2:
        return void this.#follow(of, { op: 'flatMap', f: ['repeat', 3] })
      case 3:
        if (this.#mustStay(of)) return
        return void this.#follow(of, { op: 'selectKey', k: selector(x, y) }, { rekeyed: true })
      case 4:
        if (this.#mustStay(of)) return
        return void this.#follow(of, { op: 'mapRecord', k: selector(x, y), f: mapper(y, x) }, { rekeyed: true })
      case 5: {
        const other = this.#partner(d, of, 'stream')
        if (other !== undefined) this.#merge(of, other)
        return
      }
      case 6:
        return this.#split(d, of)
      case 7:
        if (this.#mustStay(of)) return
        return void this.#repartition(of)
      case 8:
        return this.#toTable(of)
      case 9:
      case 10:
      case 11:
        return this.#aggregate(d, this.#group(d, of))
      case 12:
      case 13:
      case 14:
        return this.#windowed(d, of)
      case 15:
        return this.#cogroup(d, of)
      case 16:
      case 17:
        return this.#joinStreams(d, of)
      case 18:
        return this.#joinGlobal(d, of)
      default: {
        const table = this.#partner(d, of, 'table')
        if (table === undefined) return
        const keyed = of.rekeyed ? this.#repartition(of) : of
        if (!fits(keyed, table)) return
        const waits = table.versioned === true && !this.#spread && y % 2 === 1
        const grace = waits ? { grace: [0, 5, 30][x % 3]!, name: this.#name() } : {}
        this.#join(
          keyed,
          table,
          { kind: x % 2 ? 'left' : 'inner', joiner: joiner(y, x), ...grace },
          { versioned: false },
        )
      }
    }
  }

  #ofTable(d: Draw, of: Open): void {
    if (of.versioned === true) return
    const { x, y } = d
    // A store of a step behind windows would need the windows' serde, which the oracle's descriptions do not name.
    const as = x % 2 && of.windows === undefined ? { as: this.#name() } : {}
    switch (d.op % 14) {
      case 0:
        return void this.#follow(
          of,
          { op: y % 2 ? 'filterNot' : 'filter', p: predicate(x), ...as },
          { talkative: true },
        )
      case 1: {
        const f = mapper(y, x)
        return void this.#follow(
          of,
          { op: 'map', f, ...as },
          {
            idle: of.idle || f[0] === 'nullIf',
            talkative: of.talkative || f[0] === 'nullIf',
          },
        )
      }
      case 2:
      case 3: {
        const rekeyed = of.windows !== undefined
        return void this.#follow(of, { op: 'toStream', tombstones: false }, { ...streaming, rekeyed })
      }
      case 4:
      case 5:
      case 6: {
        if (of.otherFormer || this.#mustStay(of)) return
        const grouped = this.#follow(of, { op: 'groupBy', k: selector(x, y), ...(y % 2 ? { f: mapper(y, x) } : {}) })
        return this.#aggregateRows(d, grouped)
      }
      case 7:
      case 8:
        return this.#suppress(d, of)
      case 9:
      case 10:
        return this.#joinForeign(d, of)
      default: {
        const other = this.#partner(d, of, 'table')
        if (other === undefined || !apart(of, other) || of.idle || other.idle) return
        const how = joiner(y, x)
        const idle = ['left', 'right', 'nullIf'].includes(how[0])
        this.#join(
          of,
          other,
          { kind: ['inner', 'left', 'outer'][y % 3]!, joiner: how, ...as },
          { idle, talkative: true },
        )
      }
    }
  }

  #split({ x, y }: Draw, of: Open): void {
    const node = this.#follow(of, { op: 'split', ps: [predicate(x), predicate(y)] })
    this.#open.pop()
    for (const branch of ['0', '1', 'rest']) this.#open.push({ ...node, id: `${node.id}.${branch}` })
  }

  /** A grouping is no node that others may follow. */
  #group({ x, y }: Draw, of: Open, named: { readonly as?: string } = {}): Open {
    const byKey = x % 3 === 0 || this.#mustStay(of)
    const by: NewNode = byKey ? { op: 'groupByKey' } : { op: 'groupBy', k: selector(x, y) }
    return this.#hidden(
      of,
      { ...by, ...named },
      { repartitioned: of.repartitioned || of.rekeyed || !byKey, rekeyed: false },
    )
  }

  #aggregate({ x, y, with: z }: Draw, group: Open): void {
    const what = pick<NewNode>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x) },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z) },
      ],
      z,
    )
    this.#follow(
      group,
      { ...what, as: this.#name() },
      { ...aTable, ...nullable(what), otherFormer: what.op !== 'reduce' },
    )
  }

  #aggregateRows({ x, y, with: z }: Draw, group: Open): void {
    this.#open.pop()
    const subtract = pick([['strike'], ['minus']], x)
    const what = pick<NewNode>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x), subtract },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z), subtract },
      ],
      z,
    )
    this.#follow(
      group,
      { ...what, as: this.#name() },
      {
        ...aTable,
        ...nullable(what),
        repartitioned: true,
        windows: undefined,
      },
    )
  }

  #windowed(d: Draw, of: Open): void {
    const windows = this.#windows(d)
    const windowed = this.#hidden(
      this.#group(d, this.#valued(of, windows)),
      { ...windows },
      { windows: bounds(windows) },
    )
    const { x, y, with: z } = d
    const merge = windows.kind === 'session' ? { merge: merger(x) } : {}
    const what = pick<NewNode>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x) },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z), ...merge },
      ],
      z,
    )
    this.#follow(windowed, { ...what, as: this.#name() }, { ...aTable, ...nullable(what), otherFormer: true })
  }

  /** Kafka Streams counts null values over all windows but sliding ones, although its documentation says that it does not. */
  #valued(of: Open, windows: Pick<WindowNode, 'kind'>): Open {
    return windows.kind === 'sliding' ? of : this.#hidden(of, { op: 'filterNot', p: ['isNull'] }, {})
  }

  #windows(d: Draw): WindowNode {
    const windows = windowsOf(d.w, d.x)
    return this.#spread ? patient(windows) : windows
  }

  /** Of one or two more streams, and over windows or not. */
  #cogroup(d: Draw, of: Open): void {
    const { x, y, w } = d
    const others: { of: string; add: Fn }[] = []
    const streams = this.#open.filter(({ kind }) => kind === 'stream')
    const { emit: _, ...windows } = this.#windows(d)
    const isWindowed = w % 3 > 0
    const valued = (stream: Open) => (isWindowed ? this.#valued(stream, windows) : stream)
    // Kafka Streams gives all ways into a cogroup the same name, unless they have names of their own.
    let all = this.#group(d, valued(of), { as: `${this.#name()}-way` })
    const first = all.id
    for (let i = 0; i <= y % 2; i++) {
      const other = pick(streams, d.with + i)
      if (other === of || !fits(all, { ...other, repartitioned: true })) continue
      const group = this.#group({ ...d, x: x + i + 1 }, valued(other), { as: `${this.#name()}-way` })
      others.push({ of: group.id, add: reducer(y + i, x) })
      all = { ...all, ...both(all, group) }
    }
    let cogroup = this.#hidden(all, { op: 'cogroup', add: reducer(y, w), others }, {}, first)
    let merge = {}
    if (isWindowed) {
      cogroup = this.#hidden(cogroup, windows, { windows: bounds(windows) })
      if (windows.kind === 'session') merge = { merge: merger(x) }
    }
    const what = { op: 'aggregate', init: pick(['', 0], y), ...merge, as: this.#name() }
    const adders = [reducer(y, w), ...others]
    this.#follow(cogroup, what, { ...aTable, ...nullable(what, adders), otherFormer: true })
  }

  #suppress({ x, y }: Draw, of: Open): void {
    if (this.#spread || of.talkative) return
    // What is told of a key is not what was told before it: Kafka Streams forgets the former value on the way.
    const change = { otherFormer: true }
    if (of.windows === 'closing' && x % 2) {
      return void this.#follow(of, { op: 'suppress', until: 'window-closes', name: this.#name() }, change)
    }
    const records = y % 2 ? { records: 1 + (y % 3) } : {}
    const limit = pick([10, 0, 3, 30], x)
    this.#follow(of, { op: 'suppress', until: 'limit', limit, ...records, name: this.#name() }, change)
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
      kind: this.#spread ? 'inner' : ['inner', 'left', 'outer'][x % 3]!,
      joiner: joiner(y, x),
      before: [0, 5, 20, -3][y % 4]!,
      after: y % 4 === 3 ? 3 + (x % 4) * 4 : [3, 0, 10, 30][x % 4]!,
      grace: this.#spread ? endless : [0, 10, 50][(x + y) % 3]!,
      name: this.#name(),
    })
  }

  #joinGlobal({ x, y, w }: Draw, of: Open): void {
    const global = sources.find(({ op }) => op === 'globalTable')!
    this.#followed.add(global.id)
    const how = { kind: x % 2 ? 'left' : 'inner', joiner: joiner(y, x), on: rowKey(w, x), with: global.id }
    this.#follow(of, { op: 'join', ...how }, { topics: new Set([...of.topics, ...topicsOf(global)]) })
  }

  #joinForeign(d: Draw, of: Open): void {
    const other = this.#partner(d, of, 'table')
    if (other === undefined || !apart(of, other) || of.idle || other.idle || this.#spread) return
    const how = joiner(d.y, d.x)
    // Rows that both have at once may come in any order, so nothing may hang on which is told first.
    const change = { repartitioned: true, idle: true, talkative: true, otherFormer: true }
    const kind = d.x % 2 ? 'left' : 'inner'
    this.#join(of, other, { kind, joiner: how, on: foreignKey(d.w, d.y), as: this.#name() }, change)
  }

  #toTable(of: Open): void {
    const repartitioned = of.repartitioned || of.rekeyed
    // Tombstones of keys that the table does not have go no further here.
    const present = this.#follow(of, { op: 'filterNot', p: ['isNull'] })
    this.#follow(
      present,
      { op: 'toTable', as: this.#name() },
      { ...aTable, repartitioned, otherFormer: of.otherFormer },
    )
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

  #join(of: Open, other: Open, node: Readonly<Record<string, unknown>>, change: Partial<Open> = {}): void {
    this.#followed.add(other.id)
    this.#follow(of, { ...node, op: 'join', with: other.id }, { ...both(of, other), ...change })
  }

  /** Rows by key alone meet what is by key alone. */
  #partner(d: Draw, of: Open, kind: Open['kind']): Open | undefined {
    if (of.windows !== undefined) return undefined
    const fitting = this.#open.filter(
      node =>
        node.kind === kind &&
        node.windows === undefined &&
        !(of.kind === 'table' && node.versioned === true) &&
        fits(of, node),
    )
    return fitting.length === 0 ? undefined : pick(fitting, d.with)
  }

  #follow(of: Open, node: NewNode, change: Partial<Open> = {}, id: string = of.id): Open {
    const open = this.#hidden(of, node, change, id)
    this.#open.push(open)
    return open
  }

  /** A node that only the one added next may follow. */
  #hidden(of: Open, node: NewNode, change: Partial<Open>, parent: string = of.id): Open {
    const id = `n${this.#count++}`
    this.#nodes.push({ id, of: parent, ...node })
    this.#followed.add(parent)
    return { ...of, ...change, id }
  }

  #name(): string {
    return `s${this.#count}`
  }
}

const streaming: Partial<Open> = { kind: 'stream', idle: false, windows: undefined }
const aTable: Partial<Open> = { kind: 'table', rekeyed: false, idle: false, talkative: false }

/** Of an aggregate that may become null where there was none. */
function nullable(...nodes: object[]): Pick<Open, 'idle' | 'talkative'> {
  const may = JSON.stringify(nodes).includes('nullIf')
  return { idle: may, talkative: may }
}

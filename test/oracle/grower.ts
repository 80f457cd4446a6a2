import { joiner, mapper, pick, predicate, rowKey, selector } from './choices.js'
import { aTable, type Draw } from './growth.js'
import { identity, processorOf } from './processor-choices.js'
import { apart, both, fits, type Open } from './open.js'
import { sources, topicsOf } from './sources.js'
import { TableGrowth } from './table-growth.js'
import { endless, windowsOf } from './window-choices.js'

/** Puts operators one after the other; each follows a node there is, or is left out where it fits none. */
export class Grower extends TableGrowth {
  add(d: Draw): void {
    const of = pick(this.open, d.of)
    if (this.mustStay(of) && of.rekeyed) return
    if (of.kind === 'stream') this.ofStream(d, of)
    else this.ofTable(d, of)
  }

  protected ofStream(d: Draw, of: Open): void {
    const { x, y } = d
    switch (d.op % 35) {
      case 0:
        return void this.follow(of, { op: x % 2 ? 'filterNot' : 'filter', p: predicate(y) })
      case 1:
        return void this.follow(of, { op: 'map', f: mapper(x, y) })
      case 2:
        return void this.follow(of, { op: 'flatMap', f: ['repeat', 3] })
      case 3:
        if (this.mustStay(of)) return
        return void this.follow(of, { op: 'selectKey', k: selector(x, y) }, { rekeyed: true })
      case 4:
        if (this.mustStay(of)) return
        return void this.follow(of, { op: 'mapRecord', k: selector(x, y), f: mapper(y, x) }, { rekeyed: true })
      case 5:
        return this.merge(d, of)
      case 6:
        return this.split(d, of)
      case 7:
        if (this.mustStay(of)) return
        return void this.repartition(of)
      case 8:
        return this.toTable(of)
      case 9:
      case 10:
      case 11:
        return this.aggregate(d, this.group(d, of))
      case 12:
      case 13:
      case 14:
        return void this.windowed(d, of)
      case 15:
        return this.cogroup(d, of)
      case 16:
      case 17:
        return this.joinStreams(d, of)
      case 18:
        return this.joinGlobal(d, of)
      case 19:
      case 20:
      case 21:
        return this.process(d, of)
      case 22:
        return this.lookup(d, of)
      case 23:
        return this.dedupe(d, of)
      case 24:
        return this.late(d, of)
      case 25:
        return this.route(d, of)
      case 26:
        if (this.mustStay(of)) return
        return void this.follow(of, { op: 'flatMapRecord', k: selector(x, y), f: ['repeat', 3] }, { rekeyed: true })
      case 27:
        return void this.follow(of, { op: 'peek' })
      case 28:
      case 29:
        return this.joinWindowed(d, of)
      case 30:
        // An odd x waits for the windows to close.
        return this.suppress({ ...d, x: d.x | 1 }, this.windowed(d, of))
      default: {
        const table = this.partner(d, of, 'table')
        if (table === undefined) return
        const keyed = of.rekeyed ? this.repartition(of) : of
        if (!fits(keyed, table) || (table.computed === true && !apart(keyed, table))) return
        const waits = table.versioned === true && !this.spread && y % 2 === 1
        const grace = waits ? { grace: [0, 5, 30][x % 3]!, name: this.name() } : {}
        this.join(
          keyed,
          table,
          { kind: x % 2 ? 'left' : 'inner', joiner: joiner(y, x), ...grace },
          { versioned: false },
        )
      }
    }
  }

  protected split({ x, y }: Draw, of: Open): void {
    const node = this.follow(of, { op: 'split', ps: [predicate(x), predicate(y)] })
    this.open.pop()
    for (const branch of ['0', '1', 'rest']) this.open.push({ ...node, id: `${node.id}.${branch}` })
  }

  /** Also of a stream with itself. */
  protected joinStreams(d: Draw, of: Open): void {
    const { x, y } = d
    const found = this.partner(d, of, 'stream')
    if (found === undefined) return
    const left = of.rekeyed ? this.repartition(of) : of
    const right = found === of ? left : found.rekeyed ? this.repartition(found) : found
    if (!fits(left, right)) return
    this.join(left, right, {
      kind: this.spread ? 'inner' : ['inner', 'left', 'outer'][x % 3]!,
      joiner: joiner(y, x),
      before: [0, 5, 20, -3][y % 4]!,
      after: y % 4 === 3 ? 3 + (x % 4) * 4 : [3, 0, 10, 30][x % 4]!,
      grace: this.spread ? endless : [0, 10, 50][(x + y) % 3]!,
      name: this.name(),
    })
  }

  /** Of two tables over the same windows, which are made for it. */
  protected joinWindowed(d: Draw, of: Open): void {
    const others = this.open.filter(each => each.kind === 'stream' && apart(of, each))
    if (others.length === 0) return
    const other = pick(others, d.with)
    if (this.mustStay(other) && other.rekeyed) return
    const windows = this.windows(d)
    const left = this.windowed(d, of, windows)
    this.joinTables(d, left, this.windowed({ ...d, x: d.y, y: d.x }, other, windows))
  }

  protected joinGlobal({ x, y, w }: Draw, of: Open): void {
    const global = sources.find(({ op }) => op === 'globalTable')!
    this.followed.add(global.id)
    const how = { kind: x % 2 ? 'left' : 'inner', joiner: joiner(y, x), on: rowKey(w, x), with: global.id }
    this.follow(of, { op: 'join', ...how }, { topics: new Set([...of.topics, ...topicsOf(global)]) })
  }

  protected process(d: Draw, of: Open): void {
    // Over several partitions, records of a key have to meet before a store can know them.
    const keyed = this.spread && of.rekeyed ? this.repartition(of) : of
    const node = processorOf(d, this.name(), this)
    if (node.op === 'processValues') return void this.follow(keyed, node)
    if (this.mustStay(keyed)) return
    const made = this.follow(keyed, node, { rekeyed: true })
    if (d.y % 4 < 3) return
    // It sends each record to one of two outputs.
    this.nodes.push({ ...this.nodes.pop()!, outputs: predicate(d.w) })
    this.open.pop()
    for (const output of ['0', '1']) this.open.push({ ...made, id: `${made.id}.${output}` })
  }

  /** A processor that reads the store of a table. */
  protected lookup(d: Draw, of: Open): void {
    const table = this.partner(d, of, 'table')
    const kept = [...sources, ...this.nodes].find(({ id }) => id === table?.id)
    if (table === undefined || kept?.['as'] === undefined || !stored.has(kept.op) || table.versioned === true) return
    const keyed = of.rekeyed ? this.repartition(of) : of
    if (!fits(keyed, table)) return
    this.followed.add(table.id)
    const node = { op: 'processValues', kind: 'lookup', stores: [kept['as']], table: table.id }
    this.follow(keyed, node, both(keyed, table))
  }

  protected dedupe({ x, y, w }: Draw, of: Open): void {
    const keyed = of.rekeyed ? this.repartition(of) : of
    const grace = this.spread ? endless : pick([10, 0, 50], y)
    this.follow(keyed, { op: 'dedupe', by: identity(x), within: pick([10, 0, 3, 30], w), grace, as: this.name() })
  }

  /** The records that come too late for their windows. */
  protected late({ w, x }: Draw, of: Open): void {
    const { emit: _, ...windows } = windowsOf(w, x)
    if (this.spread || windows.kind === 'unlimited') return
    const keyed = of.rekeyed ? this.repartition(of) : of
    this.follow(keyed, { ...windows, op: 'late', as: this.name() })
  }

  /** Each record to one of two topics. */
  protected route({ y }: Draw, of: Open): void {
    const name = `way-${this.name()}`
    this.hidden(of, { op: 'to', topics: [`${name}-a`, `${name}-b`], p: predicate(y) }, {})
  }

  protected toTable(of: Open): void {
    const repartitioned = of.repartitioned || of.rekeyed
    // Tombstones of keys that the table does not have go no further here.
    const present = this.follow(of, { op: 'filterNot', p: ['isNull'] })
    this.follow(present, { op: 'toTable', as: this.name() }, { ...aTable, repartitioned, otherFormer: of.otherFormer })
  }
}

/** What has a store that a processor may read. */
const stored = new Set(['table', 'toTable', 'count', 'reduce', 'aggregate'])

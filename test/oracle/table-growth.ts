import { foreignKey, joiner, mapper, pick, predicate, reducer, selector } from './choices.js'
import { AggregateGrowth, lying, nullable } from './aggregate-growth.js'
import { aTable, streaming, type Draw, type NewNode } from './growth.js'
import { apart, type Open } from './open.js'

/** The operators of tables. */
export abstract class TableGrowth extends AggregateGrowth {
  protected ofTable(d: Draw, of: Open): void {
    const { x, y } = d
    // A store of a step behind windows would need the windows' serde, which the oracle's descriptions do not name.
    const as = x % 2 && of.windows === undefined ? { as: this.name(), ...lying(d.with) } : {}
    switch (d.op % 14) {
      case 0:
        return void this.follow(
          of,
          { op: y % 2 ? 'filterNot' : 'filter', p: predicate(x), ...as },
          // A kept filter over a versioned table tells that nothing became nothing, and a join meets its row once more.
          { idle: of.idle || (of.versioned === true && 'as' in as), talkative: true, ...plainWith(as) },
        )
      case 1: {
        const f = mapper(y, x)
        return void this.follow(
          of,
          { op: 'map', f, ...as },
          {
            idle: of.idle || f[0] === 'nullIf',
            talkative: of.talkative || f[0] === 'nullIf',
            ...plainWith(as),
          },
        )
      }
      case 2:
      case 3: {
        const rekeyed = of.windows !== undefined
        // Tombstones of keys that the table does not have are a difference by design.
        const tombstones = y % 2 === 1 && !of.idle && !of.talkative
        return void this.follow(of, { op: 'toStream', tombstones }, { ...streaming, rekeyed })
      }
      case 4:
      case 5:
      case 6: {
        if (of.otherFormer || this.mustStay(of)) return
        const grouped = this.follow(of, { op: 'groupBy', k: selector(x, y), ...(y % 2 ? { f: mapper(y, x) } : {}) })
        return this.aggregateRows(d, grouped)
      }
      case 7:
      case 8:
        return this.suppress(d, of)
      case 9:
      case 10:
        return this.joinForeign(d, of)
      default: {
        const other = this.partner(d, of, 'table')
        if (other !== undefined) this.joinTables(d, of, other, as)
      }
    }
  }

  /** Of rows by key, or by key and windows of one kind. */
  protected joinTables({ x, y }: Draw, of: Open, other: Open, kept: { readonly as?: string } = {}): void {
    if (!apart(of, other) || of.idle || other.idle) return
    const how = joiner(y, x)
    const idle = ['left', 'right', 'nullIf'].includes(how[0])
    const drawn = ['inner', 'left', 'outer'][y % 3]!
    // Kafka Streams tells a left join that nothing became nothing on its right side, and joins the left row once more.
    const kind = drawn === 'left' && other.talkative ? 'outer' : drawn
    this.join(
      of,
      other,
      { kind, joiner: how, ...kept },
      {
        idle,
        talkative: true,
        versioned: false,
        computed: kept.as === undefined,
      },
    )
  }

  protected aggregateRows({ x, y, with: z }: Draw, group: Open): void {
    this.open.pop()
    const subtract = pick([['strike'], ['minus']], x)
    const what = pick<NewNode>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x), subtract },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z), subtract },
      ],
      z,
    )
    this.follow(
      group,
      { ...what, as: this.name() },
      {
        ...aTable,
        ...nullable(what),
        repartitioned: true,
        windows: undefined,
        over: undefined,
      },
    )
  }

  protected suppress({ x, y, w }: Draw, of: Open): void {
    if (this.spread || of.talkative || of.versioned === true) return
    // What is told of a key is not what was told before it: Kafka Streams forgets the former value on the way. While it
    // tells a row, a look-up in the same table still finds the one before.
    const change = { otherFormer: true, computed: true }
    const stops = { records: 2 + (x % 3), full: 'stop' }
    if (of.windows === 'closing' && x % 2) {
      const bound = y % 5 === 4 ? stops : {}
      return void this.follow(of, { op: 'suppress', until: 'window-closes', ...bound, name: this.name() }, change)
    }
    const records = pick<object>([{}, { records: 1 + (x % 3) }, {}, { records: 1 + (w % 3) }, stops], y)
    const limit = pick([10, 0, 3, 30], x)
    // Kafka Streams also tells of the deletion of what was never told.
    const idle = { ...change, idle: true, talkative: true }
    this.follow(of, { op: 'suppress', until: 'limit', limit, ...records, name: this.name() }, idle)
  }

  protected joinForeign(d: Draw, of: Open): void {
    const other = this.partner(d, of, 'table')
    if (other === undefined || !apart(of, other) || of.idle || other.idle || of.over !== undefined) return
    const how = joiner(d.y, d.x)
    // Rows that both have at once may come in any order, so nothing may hang on which is told first.
    const change = {
      repartitioned: true,
      idle: true,
      talkative: true,
      otherFormer: true,
      versioned: false,
      computed: false,
    }
    const kind = d.x % 2 ? 'left' : 'inner'
    this.join(of, other, { kind, joiner: how, on: foreignKey(d.w, d.y), as: this.name() }, change)
  }
}

/** A store of its own has the latest rows alone. */
function plainWith(kept: { readonly as?: string }): Partial<Open> {
  return kept.as === undefined ? {} : { versioned: false, computed: false }
}

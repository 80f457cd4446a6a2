import { foreignKey, joiner, mapper, pick, predicate, reducer, selector } from './choices.js'
import { AggregateGrowth, nullable } from './aggregate-growth.js'
import { aTable, streaming, type Draw, type NewNode } from './growth.js'
import { apart, type Open } from './open.js'

/** The operators of tables. */
export abstract class TableGrowth extends AggregateGrowth {
  protected ofTable(d: Draw, of: Open): void {
    if (of.versioned === true) return
    const { x, y } = d
    // A store of a step behind windows would need the windows' serde, which the oracle's descriptions do not name.
    const as = x % 2 && of.windows === undefined ? { as: this.name() } : {}
    switch (d.op % 14) {
      case 0:
        return void this.follow(of, { op: y % 2 ? 'filterNot' : 'filter', p: predicate(x), ...as }, { talkative: true })
      case 1: {
        const f = mapper(y, x)
        return void this.follow(
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
        return void this.follow(of, { op: 'toStream', tombstones: false }, { ...streaming, rekeyed })
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
        if (other === undefined || !apart(of, other) || of.idle || other.idle) return
        const how = joiner(y, x)
        const idle = ['left', 'right', 'nullIf'].includes(how[0])
        this.join(
          of,
          other,
          { kind: ['inner', 'left', 'outer'][y % 3]!, joiner: how, ...as },
          { idle, talkative: true },
        )
      }
    }
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
      },
    )
  }

  protected suppress({ x, y }: Draw, of: Open): void {
    if (this.spread || of.talkative) return
    // What is told of a key is not what was told before it: Kafka Streams forgets the former value on the way.
    const change = { otherFormer: true }
    if (of.windows === 'closing' && x % 2) {
      return void this.follow(of, { op: 'suppress', until: 'window-closes', name: this.name() }, change)
    }
    const records = y % 2 ? { records: 1 + (y % 3) } : {}
    const limit = pick([10, 0, 3, 30], x)
    this.follow(of, { op: 'suppress', until: 'limit', limit, ...records, name: this.name() }, change)
  }

  protected joinForeign(d: Draw, of: Open): void {
    const other = this.partner(d, of, 'table')
    if (other === undefined || !apart(of, other) || of.idle || other.idle || this.spread) return
    const how = joiner(d.y, d.x)
    // Rows that both have at once may come in any order, so nothing may hang on which is told first.
    const change = { repartitioned: true, idle: true, talkative: true, otherFormer: true }
    const kind = d.x % 2 ? 'left' : 'inner'
    this.join(of, other, { kind, joiner: how, on: foreignKey(d.w, d.y), as: this.name() }, change)
  }
}

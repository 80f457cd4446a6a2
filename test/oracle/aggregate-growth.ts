import { merger, pick, reducer, selector } from './choices.js'
import { aTable, Growth, type Draw, type NewNode } from './growth.js'
import { both, fits, type Open } from './open.js'
import type { Fn } from './question.js'
import { bounds, patient, windowsOf, type WindowNode } from './window-choices.js'

/** Groups, windows, and what is counted and collected over them. */
export abstract class AggregateGrowth extends Growth {
  /** A grouping is no node that others may follow. */
  protected group({ x, y }: Draw, of: Open, named: { readonly as?: string } = {}): Open {
    const byKey = x % 3 === 0 || this.mustStay(of)
    const by: NewNode = byKey ? { op: 'groupByKey' } : { op: 'groupBy', k: selector(x, y) }
    return this.hidden(
      of,
      { ...by, ...named },
      { repartitioned: of.repartitioned || of.rekeyed || !byKey, rekeyed: false },
    )
  }

  protected aggregate({ x, y, with: z }: Draw, group: Open): void {
    const what = pick<NewNode>(
      [
        { op: 'count' },
        { op: 'reduce', r: reducer(y, x) },
        { op: 'aggregate', init: pick(['', 0], z), add: reducer(y, z) },
      ],
      z,
    )
    this.follow(
      group,
      { ...what, as: this.name(), ...lying(z) },
      { ...aTable, ...nullable(what), otherFormer: what.op !== 'reduce' },
    )
  }

  protected windowed(d: Draw, of: Open, windows: WindowNode = this.windows(d)): Open {
    const windowed = this.hidden(this.group(d, this.valued(of, windows)), { ...windows }, bounds(windows))
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
    return this.follow(
      windowed,
      { ...what, as: this.name(), ...lying(z), ...retained(windows, y) },
      {
        ...aTable,
        ...nullable(what),
        otherFormer: what.op !== 'reduce' || ['sliding', 'session'].includes(windows.kind),
      },
    )
  }

  /** Kafka Streams counts null values over all windows but sliding ones, although its documentation says that it does not. */
  protected valued(of: Open, windows: Pick<WindowNode, 'kind'>): Open {
    return windows.kind === 'sliding' ? of : this.hidden(of, { op: 'filterNot', p: ['isNull'] }, {})
  }

  protected windows(d: Draw): WindowNode {
    const windows = windowsOf(d.w, d.x)
    return this.spread ? patient(windows) : windows
  }

  /** Of one or two more streams, and over windows or not. */
  protected cogroup(d: Draw, of: Open): void {
    const { x, y, w } = d
    const others: { of: string; add: Fn }[] = []
    const streams = this.open.filter(({ kind }) => kind === 'stream')
    const { emit: _, ...windows } = this.windows(d)
    const isWindowed = w % 3 > 0
    const valued = (stream: Open) => (isWindowed ? this.valued(stream, windows) : stream)
    // Kafka Streams gives all ways into a cogroup the same name, unless they have names of their own.
    let all = this.group(d, valued(of), { as: `${this.name()}-way` })
    const first = all.id
    for (let i = 0; i <= y % 2; i++) {
      const other = pick(streams, d.with + i)
      if (other === of || !fits(all, { ...other, repartitioned: true })) continue
      const group = this.group({ ...d, x: x + i + 1 }, valued(other), { as: `${this.name()}-way` })
      others.push({ of: group.id, add: reducer(y + i, x) })
      all = { ...all, ...both(all, group) }
    }
    let cogroup = this.hidden(all, { op: 'cogroup', add: reducer(y, w), others }, {}, first)
    let merge = {}
    if (isWindowed) {
      cogroup = this.hidden(cogroup, windows, bounds(windows))
      if (windows.kind === 'session') merge = { merge: merger(x) }
    }
    const what = { op: 'aggregate', init: pick(['', 0], y), ...merge, as: this.name(), ...lying(d.with) }
    const adders = [reducer(y, w), ...others]
    // Kafka Streams cannot look up a row of such a table, and fails at a join.
    const alone = isWindowed ? { over: `cogroup ${what.as}` } : {}
    this.follow(cogroup, what, { ...aTable, ...nullable(what, adders), ...alone, otherFormer: true })
  }
}

/** Of an aggregate that may become null where there was none. */
export function nullable(...nodes: object[]): Pick<Open, 'idle' | 'talkative'> {
  const may = JSON.stringify(nodes).includes('nullIf')
  return { idle: may, talkative: may }
}

/** Half of the stores lie in memory. */
export function lying(n: number): { readonly in?: 'memory' } {
  return n % 4 < 2 ? {} : { in: 'memory' }
}

/**
 * Some windows are kept as long as by default. Those of sessions and sliding windows Kafka Streams loses too early then, and,
 * in memory, all that have closed before their final result is taken.
 */
function retained({ kind, emit }: WindowNode, n: number): { readonly retention?: 'default' } {
  const isKept = n % 3 === 0 && emit === 'update' && (kind === 'tumbling' || kind === 'hopping')
  return isKept ? { retention: 'default' } : {}
}

import { figure, figures, ratio, type Figure, type Result, type Row } from '../harness/result.js'
import { today } from '../harness/suite.js'
import type { Work } from '../ceilings/layers/layer.js'
import type { Machine } from '../harness/machine.js'

export const works = ['stateless', 'count'] as const satisfies readonly Work[]

/** Microseconds a record. */
export interface Cost {
  readonly wall: number
  /** Of all threads of the process. */
  readonly cpu: number
}

export interface LayerRow {
  readonly id: string
  readonly label: string
  /** The row that does one thing less. */
  readonly above: string | undefined
  /** What does all of it, and more. */
  readonly of: readonly Work[]
}

/** The row of Sluice's own. */
export function engineOf(work: Work): string {
  return `sluice ${work}`
}

export function layersResult(
  machine: Machine,
  rows: readonly LayerRow[],
  costs: ReadonlyMap<string, readonly Cost[]>,
): Result {
  const known = new Map(Array.from(costs, ([id, rounds]) => [id, figures(rounds)]))
  const share = (id: string, work: Work): Figure => ratio(known.get(id)!.wall, known.get(engineOf(work))!.wall)
  return {
    name: 'layers',
    title: 'where the time of a record goes, layer by layer',
    machine,
    columns: [
      { id: 'wall', title: 'µs', digits: 2, spread: true },
      { id: 'moreWall', title: 'more', digits: 2 },
      { id: 'cpu', title: 'CPU µs', digits: 2, spread: true },
      { id: 'moreCpu', title: 'more', digits: 2 },
      ...works.map(work => ({ id: work, title: `${work} reaches`, digits: 2 })),
    ],
    rows: rows.map(({ id, label, above, of }): Row => {
      const cost = known.get(id)!
      const before = above === undefined ? undefined : known.get(above)!
      const more = before && { moreWall: less(cost.wall, before.wall), moreCpu: less(cost.cpu, before.cpu) }
      const shares = Object.fromEntries(of.map(work => [work, share(id, work)]))
      return { id, label, note: '', date: today(), figures: { ...cost, ...more, ...shares } }
    }),
    notes: [
      'each row does what the one above it does (the first of the count: what the filter does) and one thing more, in a process of its own; more: than that row; reaches: the share of its speed that Sluice has',
      read(known.get('filter')!.wall, work => share('filter', work)),
      'bare fetch: checksums checked, no record looked at; batches: map, json() and batches of the output, or of output and changelog with the counts that changed in 100 ms, finished and dropped; transactions: those batches sent, and committed with the positions every 100 ms; what they wrote is compared',
      'CPU: of all threads of the process',
    ],
    chart: { kind: 'bars', column: 'wall', title: 'µs of wall a record' },
    headline: { column: 'wall', pairs: [] },
  }
}

function less(one: Figure, other: Figure): Figure {
  return figure([(one.median ?? NaN) - (other.median ?? NaN)])
}

/** What JSON leaves of the bare fetch. */
function read(wall: Figure, shareOf: (work: Work) => Figure): string {
  const most = Math.round(1e6 / (wall.median ?? NaN)).toLocaleString('en')
  const reached = works.map(work => `${work} ${Math.round((shareOf(work).median ?? NaN) * 100)} %`)
  return `fetch, walk, json() and filter alone do ${most} records/s: what one thread can do at most with this JSON; of that reach: ${reached.join(', ')}`
}

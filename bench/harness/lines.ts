import { format } from './markdown.js'
import { grey, ours, svg, text } from './svg.js'
import type { Result, Row } from './result.js'

const panelWidth = 360
const panelHeight = 170
/** Above all panels. */
const head = 44
const left = 62
const right = 18
const above = 44
const below = 34

interface Point {
  readonly x: number
  readonly y: number
}

/** A small panel for each thing that is swept and each column, x by powers, y from 0; null where there is nothing to draw. */
export function lines(
  { title, rows }: Result,
  columns: readonly { readonly id: string; readonly title: string }[],
): string | null {
  const series = [...new Set(rows.flatMap(row => row.series ?? []))]
  const panels = series.flatMap((name, line) =>
    columns.map((column, at) =>
      panel(pointsOf(rows, name, column.id), `${column.title} by ${name}`, at * panelWidth, head + line * panelHeight),
    ),
  )
  const drawn = panels.filter(one => one !== '')
  if (drawn.length === 0) return null
  return svg(panelWidth * columns.length, head + series.length * panelHeight, title, [
    text(0, 18, title, 'font-size="15"'),
    text(0, 36, 'from left to right by powers, from 0 up', 'font-size="11"'),
    ...drawn,
  ])
}

function pointsOf(rows: readonly Row[], series: string, column: string): Point[] {
  return rows
    .flatMap(row => {
      const y = row.figures[column]?.median
      return row.series === series && row.x !== undefined && y != null ? [{ x: row.x, y }] : []
    })
    .toSorted((a, b) => a.x - b.x)
}

function panel(points: readonly Point[], title: string, x0: number, y0: number): string {
  if (points.length === 0) return ''
  const top = Math.max(...points.map(({ y }) => y))
  const [first, last] = [Math.log(points[0]!.x), Math.log(points.at(-1)!.x)]
  const wide = panelWidth - left - right
  const high = panelHeight - above - below
  const at = ({ x, y }: Point): readonly [number, number] => [
    x0 + left + (last === first ? wide / 2 : ((Math.log(x) - first) / (last - first)) * wide),
    y0 + above + high - (top === 0 ? 0 : (y / top) * high),
  ]
  const path = points
    .map(point =>
      at(point)
        .map(value => value.toFixed(1))
        .join(' '),
    )
    .join('L')
  const floor = y0 + above + high
  return [
    text(x0 + left, y0 + 28, title, 'font-size="12"'),
    `<path d="M${x0 + left} ${y0 + above}V${floor}H${x0 + left + wide}" fill="none" stroke="${grey}" stroke-opacity=".6"/>`,
    text(x0 + left - 8, y0 + above + 4, format(top, digitsOf(top)), 'text-anchor="end" font-size="11"'),
    text(x0 + left - 8, floor + 4, '0', 'text-anchor="end" font-size="11"'),
    `<path d="M${path}" fill="none" stroke="${ours}" stroke-width="2"/>`,
    ...points.map(point => {
      const [x, y] = at(point)
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${ours}"/>${text(x, floor + 16, short(point.x), 'text-anchor="middle" font-size="10"')}`
    }),
  ].join('\n')
}

function digitsOf(value: number): number {
  return value >= 100 ? 0 : value >= 10 ? 1 : 2
}

function short(value: number): string {
  return value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(value)
}

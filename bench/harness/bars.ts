import { format } from './markdown.js'
import { grey, ours, svg, text } from './svg.js'
import type { Result } from './result.js'

const width = 720
const labelWidth = 250
const valueWidth = 150
const rowHeight = 34
const top = 48

/** Bars of the medians of one column with their spread, as an SVG; null where nothing is known of it. */
export function bars({ title, rows, columns }: Result, column: string, subtitle: string): string | null {
  const shown = rows.filter(row => row.figures[column]?.median != null)
  if (shown.length === 0) return null
  const digits = columns.find(({ id }) => id === column)?.digits ?? 0
  const most = Math.max(...shown.map(row => row.figures[column]!.max!))
  const scale = (value: number): number => ((width - labelWidth - valueWidth) * value) / most
  const drawn = shown.map(({ label, figures }, i) => {
    const { median, min, max } = figures[column]!
    const ratio = figures['ratio']?.median
    const y = top + i * rowHeight
    const middle = y + rowHeight / 2 - 4
    const x = (value: number): string => (labelWidth + scale(value)).toFixed(1)
    const value = format(median!, digits) + (ratio == null || ratio === 1 ? '' : ` (${ratio.toFixed(2)} ×)`)
    return [
      text(labelWidth - 10, middle + 4, label, 'text-anchor="end"'),
      `<rect x="${labelWidth}" y="${y}" width="${scale(median!).toFixed(1)}" height="${rowHeight - 8}" rx="2" fill="${label.startsWith('sluice') ? ours : grey}"/>`,
      `<path d="M${x(min!)} ${middle}H${x(max!)}" stroke="#000" stroke-opacity=".55" stroke-width="2"/>`,
      text(labelWidth + scale(max!) + 10, middle + 4, value),
    ].join('\n')
  })
  return svg(width, top + shown.length * rowHeight + 8, title, [
    text(0, 18, title, 'font-size="15"'),
    text(0, 36, `${subtitle}, median; the line shows the least and the most`, 'font-size="11"'),
    ...drawn,
  ])
}

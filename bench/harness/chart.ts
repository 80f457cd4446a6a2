import type { Report } from './report.js'

const width = 720
const labelWidth = 150
const valueWidth = 190
const rowHeight = 34
const top = 48
// Readable on a white and on a dark page.
const ink = '#7d8590'
const ours = '#2f81f7'

/** Bars of the median rates with their spread, as an SVG. */
export function chart({ title, peer, engines }: Report): string {
  const most = Math.max(...engines.map(one => one.rate.max))
  const scale = (value: number): number => ((width - labelWidth - valueWidth) * value) / most
  const rows = engines.map((one, i) => {
    const y = top + i * rowHeight
    const middle = y + rowHeight / 2 - 4
    const x = (value: number): string => (labelWidth + scale(value)).toFixed(1)
    const ratio = one.ratio === null || one.engine === peer ? '' : ` (${one.ratio.toFixed(2)} ×)`
    const label = `${Math.round(one.rate.median).toLocaleString('en')}/s${ratio}`
    return [
      `<text x="${labelWidth - 10}" y="${middle + 4}" text-anchor="end">${escape(one.engine)}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${scale(one.rate.median).toFixed(1)}" height="${rowHeight - 8}" rx="2" fill="${one.engine.startsWith('sluice') ? ours : ink}"/>`,
      `<path d="M${x(one.rate.min)} ${middle}H${x(one.rate.max)}" stroke="#000" stroke-opacity=".55" stroke-width="2"/>`,
      `<text x="${labelWidth + scale(one.rate.max) + 10}" y="${middle + 4}">${label}</text>`,
    ].join('\n')
  })
  const height = top + engines.length * rowHeight + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${ink}" role="img">
<title>${escape(title)}</title>
<text x="0" y="18" font-size="15">${escape(title)}</text>
<text x="0" y="36" font-size="11">records per second, median; the line shows the least and the most</text>
${rows.join('\n')}
</svg>
`
}

function escape(text: string): string {
  return text.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`)
}

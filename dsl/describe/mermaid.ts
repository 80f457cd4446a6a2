import type { Box, Drawing } from './drawing.js'

/** A flowchart in Mermaid's language. Source: mermaid.js.org/syntax/flowchart.html */
export function toMermaid({ groups, topics, arrows }: Drawing): string {
  const lines = ['flowchart TD']
  for (const topic of topics) lines.push(`  ${boxText(topic)}`)
  for (const [number, { label, boxes }] of groups.entries()) {
    lines.push(`  subgraph s${number}[${quoted(label)}]`, ...boxes.map(box => `    ${boxText(box)}`), '  end')
  }
  for (const { from, to, dotted } of arrows) lines.push(`  ${from} ${dotted ? '-.-' : '-->'} ${to}`)
  return `${lines.join('\n')}\n`
}

function boxText({ id, label, shape }: Box): string {
  if (shape === 'store') return `${id}[(${quoted(label)})]`
  return shape === 'topic' ? `${id}([${quoted(label)}])` : `${id}[${quoted(label)}]`
}

/** A label is HTML to Mermaid, with `#` in the place of `&`: a pattern such as `/^(?<tenant>.+)-orders$/` would lose its name. */
function quoted(label: string): string {
  const text = label.replaceAll(/["#&<>]/g, sign => `#${sign.charCodeAt(0)};`)
  return `"${text.replaceAll('\n', '<br/>')}"`
}

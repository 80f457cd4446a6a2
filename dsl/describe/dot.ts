import type { Box, Drawing } from './drawing.js'

const shapes = { step: 'box', store: 'cylinder', topic: 'oval' } as const

/** A graph in Graphviz's language. Source: graphviz.org/doc/info/lang.html */
export function toDot(application: string, { groups, topics, arrows }: Drawing): string {
  const lines = [`digraph ${quoted(application)} {`, '  rankdir=TB']
  for (const topic of topics) lines.push(`  ${boxText(topic)}`)
  for (const [number, { label, boxes }] of groups.entries()) {
    lines.push(`  subgraph cluster_${number} {`, `    label=${quoted(label)}`)
    lines.push(...boxes.map(box => `    ${boxText(box)}`), '  }')
  }
  for (const { from, to, dotted } of arrows)
    lines.push(`  ${from} -> ${to}${dotted ? ' [style=dotted, dir=none]' : ''}`)
  return `${lines.join('\n')}\n}\n`
}

function boxText({ id, label, shape }: Box): string {
  return `${id} [label=${quoted(label)}, shape=${shapes[shape]}]`
}

function quoted(label: string): string {
  return `"${label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

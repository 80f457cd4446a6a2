import type { Column, Figure, Result } from './result.js'

/** A result as a Markdown table, with what is needed to place it. */
export function markdown({ title, machine, columns, rows, notes }: Result): string {
  const shown = columns.filter(({ id }) => rows.some(row => row.figures[id]?.median != null))
  const head = ['', ...shown.map(column => column.title)]
  const rounds = Math.max(...rows.flatMap(row => Object.values(row.figures).map(one => one.rounds.length)))
  const dates = [...new Set(rows.map(({ date }) => date))].toSorted()
  return [
    `**${title}** (median of ${rounds === 1 ? '1 round' : `up to ${rounds} alternating rounds`}; ${describe(machine)}; ${dates.join(', ')})`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map((_, column) => (column === 0 ? '---' : '--:')).join('|')}|`,
    ...rows.map(
      ({ label, figures }) => `| ${[label, ...shown.map(column => cell(figures[column.id], column))].join(' | ')} |`,
    ),
    '',
    ...rows.filter(({ note }) => note !== '').map(({ label, note }) => `- ${label}: ${note}`),
    ...notes.map(note => `- ${note}`),
  ].join('\n')
}

function cell(one: Figure | undefined, { digits, spread }: Column): string {
  if (one?.median == null) return ''
  const range =
    spread === true && one.rounds.length > 1 ? ` (${format(one.min!, digits)} – ${format(one.max!, digits)})` : ''
  return format(one.median, digits) + range
}

export function format(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

function describe({ cores, processor, memoryGiB, node, java }: Result['machine']): string {
  return `${cores} cores, ${processor}, ${memoryGiB} GiB, Node ${node}, Java ${java}`
}

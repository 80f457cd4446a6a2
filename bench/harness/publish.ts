import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { format, markdown } from './markdown.js'
import { readResult } from './store-result.js'
import type { Result } from './result.js'

const begin = '<!-- speed: written by npm run bench -->'
const end = '<!-- /speed -->'

/** Writes all that is known in a directory of results as one page, and its headlines into the project's README. */
export async function publish(directory: string, names: readonly string[], readme: string | undefined): Promise<void> {
  const results = (await Promise.all(names.map(name => readResult(directory, name)))).filter(one => one !== undefined)
  await writeFile(join(directory, 'README.md'), page(directory, results))
  if (readme === undefined) return
  await writeFile(readme, withHeadlines(await readFile(readme, 'utf8'), results))
}

function page(directory: string, results: readonly Result[]): string {
  const sections = results.map(result => {
    const picture = existsSync(join(directory, `${result.name}.svg`))
      ? [`![${result.title}](${result.name}.svg)`, '']
      : []
    return [`## ${result.name}`, '', `\`npm run bench -- ${result.name}\``, '', ...picture, markdown(result), ''].join(
      '\n',
    )
  })
  return [
    '# Results',
    '',
    'Written by `npm run bench`; how they are measured: [the bench](../README.md).',
    '',
    ...sections,
  ].join('\n')
}

/** @throws Error where the README has no place for them */
export function withHeadlines(readme: string, results: readonly Result[]): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the README has no lines "${begin}" and "${end}"`)
  const table = headlines(results)
  return `${readme.slice(0, from + begin.length)}\n\n${table === '' ? '' : `${table}\n\n`}${readme.slice(to)}`
}

function headlines(results: readonly Result[]): string {
  const rows = results.flatMap(({ name, title, columns, rows, headline }) =>
    headline.pairs.flatMap(({ ours, peer, what }) => {
      const [one, other] = [ours, peer].map(id => rows.find(row => row.id === id)?.figures)
      const [a, b] = [one?.[headline.column]?.median, other?.[headline.column]?.median]
      const column = columns.find(({ id }) => id === headline.column)
      // Ratios hold within a run: one row from another would make it up.
      const ratio = one?.['ratio']?.median
      if (a == null || b == null || ratio == null || column === undefined) return []
      const [x, y] = [a, b].map(value => format(value, column.digits))
      return [
        `| ${what ?? title} | ${x} | ${y} | ${column.title} | ${ratio.toFixed(2)} | \`npm run bench -- ${name}\` |`,
      ]
    }),
  )
  if (rows.length === 0) return ''
  return ['| | Sluice | Kafka Streams | | ratio | command |', '|---|--:|--:|---|--:|---|', ...rows].join('\n')
}

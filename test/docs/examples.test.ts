import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The programs of a page: blocks of TypeScript that begin with their imports. */
async function programs(page: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8')
  return [...text.matchAll(/```ts\n(import [\s\S]*?)```/g)].map(match => match[1]!)
}

/**
 * One after the other in one process, of which each would spend most of its time on loading; inside the package, so that
 * `sluice` is found by its name. A line for each that ran to its end, and what went wrong with the others.
 */
async function run(texts: ReadonlyMap<string, string>): Promise<string[]> {
  const dir = await mkdtemp(join(root, 'test/docs/.run-'))
  try {
    for (const [name, text] of texts) await writeFile(join(dir, name), text)
    const runOne =
      'const run = name => import(`./${name}`).then(() => console.log(`ran ${name}`), error => console.log(`ran ${name}`, error))\n'
    const calls = Array.from(texts.keys(), name => `await run('${name}')\n`)
    await writeFile(join(dir, 'main.js'), [runOne, ...calls].join(''))
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', join(dir, 'main.js')], {
      cwd: root,
    })
    return stdout
      .trim()
      .split(/^ran /m)
      .map(one => one.trim())
  } finally {
    await rm(dir, { recursive: true })
  }
}

const pages: readonly [page: string, count: number][] = [
  ['backlogs', 1],
  ['calls', 1],
  ['dead-letters', 1],
  ['joins', 2],
  ['patterns', 1],
  ['processors', 1],
  ['serdes', 1],
  ['streams', 2],
  ['tables', 1],
  ['testing', 3],
  ['time', 1],
]

describe('the programs of the pages', () => {
  let told: readonly string[] = []
  beforeAll(async () => {
    const texts = new Map<string, string>()
    for (const [page] of pages)
      for (const [i, text] of (await programs(`${page}.md`)).entries()) texts.set(`${page}-${i + 1}.ts`, text)
    told = await run(texts)
  })

  it.each(pages)('%s.md: all %i run', (page, count) => {
    const mine = told.filter(one => one.startsWith(`${page}-`))
    expect(mine).toEqual(Array.from({ length: count }, (_, i) => `${page}-${i + 1}.ts`))
  })
})

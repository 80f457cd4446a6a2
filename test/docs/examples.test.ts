import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The programs of a page: blocks of TypeScript that begin with their imports. */
async function programs(page: string): Promise<string[]> {
  const text = await readFile(join(root, 'docs', page), 'utf8')
  return [...text.matchAll(/```ts\n(import [\s\S]*?)```/g)].map(match => match[1]!)
}

/** One after the other in one process; inside the package, so that `sluice` is found by its name. */
async function run(texts: readonly string[]): Promise<string> {
  const dir = await mkdtemp(join(root, 'test/docs/.run-'))
  try {
    const names = texts.map((_, i) => `program-${i + 1}.ts`)
    await Promise.all(texts.map((text, i) => writeFile(join(dir, names[i]!), text)))
    const main = names.map(name => `await import('./${name}')\nconsole.log('${name}')\n`)
    await writeFile(join(dir, 'main.ts'), `export {}\n${main.join('')}`)
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', join(dir, 'main.ts')], {
      cwd: root,
    })
    return stdout
  } finally {
    await rm(dir, { recursive: true })
  }
}

describe('the programs of the pages', () => {
  it.each([
    ['backlogs.md', 1],
    ['calls.md', 1],
    ['dead-letters.md', 1],
    ['joins.md', 2],
    ['patterns.md', 1],
    ['processors.md', 1],
    ['streams.md', 1],
    ['tables.md', 1],
    ['testing.md', 3],
    ['time.md', 1],
  ])('%s: all %i run', async (page, count) => {
    const texts = await programs(page)
    const names = texts.map((_, i) => `program-${i + 1}.ts`)
    expect(names).toHaveLength(count)
    expect((await run(texts)).trim().split('\n')).toEqual(names)
  })
})

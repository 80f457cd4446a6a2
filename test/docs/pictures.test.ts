import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scenes } from '../../scripts/pictures/scenes/index.js'
import { svg } from '../../scripts/pictures/timeline.js'

const docs = join(import.meta.dirname, '../../docs')

describe('the pictures of the pages', () => {
  it.each(scenes.map(({ name, draw }) => [name, draw] as const))(
    '%s is what a run of the driver draws (npm run docs:pictures)',
    async (name, draw) => {
      expect(await readFile(join(docs, 'pictures', `${name}.svg`), 'utf8')).toBe(svg(await draw()))
    },
  )

  it('are all on a page, and no others', async () => {
    const pages = (await readdir(docs)).filter(name => name.endsWith('.md'))
    const texts = await Promise.all(pages.map(page => readFile(join(docs, page), 'utf8')))
    const shown = texts.flatMap(text => [...text.matchAll(/\(pictures\/([^)]+)\.svg\)/g)].map(match => match[1]!))
    const drawn = (await readdir(join(docs, 'pictures'))).map(file => file.replace('.svg', ''))
    expect([...new Set(shown)].sort()).toEqual(scenes.map(({ name }) => name).sort())
    expect(drawn.sort()).toEqual(scenes.map(({ name }) => name).sort())
  })
})

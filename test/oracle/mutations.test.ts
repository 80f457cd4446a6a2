import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { cases } from './cases.js'
import { having } from './coverage.js'
import { mutations } from './mutation-list.js'

it.each(mutations.map(mutation => [mutation.what, mutation] as const))('can still be made: %s', async (_, mutation) => {
  const source = await readFile(new URL(`../../${mutation.file}`, import.meta.url), 'utf8')
  expect(source.split(mutation.from)).toHaveLength(2)
  expect(mutation.to).not.toBe(mutation.from)
  expect(mutation.shownBy).not.toEqual([])
  expect(() => having(cases, mutation.shownBy)).not.toThrow()
})

import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { mutations } from './mutation-list.js'

it.each(mutations.map(mutation => [mutation.what, mutation] as const))('can still be made: %s', async (_, mutation) => {
  const source = await readFile(new URL(`../../${mutation.file}`, import.meta.url), 'utf8')
  expect(source.split(mutation.from)).toHaveLength(2)
  expect(mutation.to).not.toBe(mutation.from)
})

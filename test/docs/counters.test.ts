import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sources } from '../imports.js'

const root = join(import.meta.dirname, '../..')

/** What the sources count, by the calls that do so. */
function counted(): Set<string> {
  const calls = sources('src').flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...text.matchAll(/\.count\(([^()]*)\)|[cC]ounters\.add\(([^()]*),/g)].map(match => match[1] ?? match[2]!)
  })
  // `a === 'x' ? 'name' : 'name'` has a text that is no name.
  return new Set(calls.flatMap(call => [...call.matchAll(/(?<!=== )'(\w+)'/g)].map(match => match[1]!)))
}

/** What the page explains. */
function explained(): Set<string> {
  const [, section] = readFileSync(join(root, 'docs/reference.md'), 'utf8').split('\n## Counters\n')
  const rows = [...section!.matchAll(/^\| (`.*?`) \|/gm)].map(match => match[1]!)
  return new Set(rows.flatMap(row => [...row.matchAll(/`(\w+)`/g)].map(match => match[1]!)))
}

it('the reference explains each counter, and none that there is not', () => {
  expect([...explained()].toSorted()).toEqual([...counted()].toSorted())
})

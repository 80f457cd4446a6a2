import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../../src/log/kafka/requests')

/** The highest version of each request, by its key, that Kafka 2.8.2 knows (`ApiKeys.latestVersion`). */
const highest = new Map([
  ...[9, 12, 6, 11, 5, 3, 7, 3, 8, 7, 3, 7, 4, 4, 5, 5, 4, 1, 3, 7].entries(),
  ...[6, 2, 4, 4, 3, 3, 3, 1, 3, 2, 2, 2, 4].map((version, i) => [20 + i, version] as const),
])

/** Only Kafka 3.0 and later can be asked so; `Settling` does without. */
const later = new Set(['describe-transactions.ts'])

test('every request is of a version that Kafka 2.8 knows, the oldest that the errors and the docs name', () => {
  const files = readdirSync(folder).filter(name => !later.has(name))
  expect(files.length).toBeGreaterThan(15)
  const tooNew = files.filter(name => {
    const source = readFileSync(join(folder, name), 'utf8')
    const numberOf = (field: string): number => Number(new RegExp(`^    ${field}: (\\d+),$`, 'm').exec(source)![1])
    return !(numberOf('version') <= highest.get(numberOf('key'))!)
  })
  expect(tooNew).toEqual([])
})

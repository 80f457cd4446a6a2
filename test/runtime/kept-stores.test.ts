import { describe, expect, test } from 'vitest'
import { embedded, memory, string, topic, tumbling, type Log, type Pipeline } from '../../dsl/index.js'
import { isKept } from '../../src/runtime/kept-stores.js'
import { changing, expectRefused } from '../changed-store.js'
import { temporaryDirectory } from '../log/temporary.js'

const kinds = {
  total: (app: Pipeline) => grouped(app).count({ as: 'counts' }),
  windows: (app: Pipeline) => grouped(app).windowedBy(tumbling('10s')).count({ as: 'counts' }),
  joined: (app: Pipeline) =>
    app
      .stream(words)
      .join(app.stream(words), () => 'x', { within: '1s', as: 'counts' })
      .to(words2),
  table: (app: Pipeline) => app.table(words, { as: 'counts' }),
  history: (app: Pipeline) => app.table(words, { as: 'counts', history: '1h' }),
} as const

const words = topic('words', { key: string, value: string })
const words2 = topic('words2', { key: string, value: string })
const grouped = (app: Pipeline) => app.stream(words).groupByKey()

function contract(open: () => Promise<Log>): void {
  const bench = () => changing(open, ['words', 'words2'], kinds)

  test.each([
    ['total', 'one value of each key', 'windows', 'windows'],
    ['windows', 'windows', 'total', 'one value of each key'],
    ['history', 'a history of each key', 'total', 'one value of each key'],
  ] as const)('%s with %s are not taken for others: %s', async (before, had, after, has) => {
    await expectRefused(await bench(), before, had, after, has)
  })

  test('other names, and a table that is made of its topic, have nothing to do with it', async () => {
    const run = await bench()
    for (const kind of ['joined', 'total', 'table', 'table'] as const) await expect(run(kind)).resolves.toBeUndefined()
  })
}

describe('stores of another kind under the same name, on the memory log', () => contract(() => memory().open()))

describe('stores of another kind under the same name, on the embedded log', () =>
  contract(async () => embedded(await temporaryDirectory()).open()))

test('what former versions committed has names alone', () => {
  expect(isKept(['counts', 'w:others'], 'counts')).toBe(true)
  expect(isKept(['counts', 'w:others'], 'others')).toBe(true)
  expect(isKept(['w:others'], 'w')).toBe(false)
})

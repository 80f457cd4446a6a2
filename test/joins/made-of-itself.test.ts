import { expect, test } from 'vitest'
import { json, pipeline, string, topic, type Table } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

type Row = { readonly n: number }
const rows = topic('rows', { key: string, value: json<Row>() })
const out = topic('out', { key: string, value: json<string[]>() })

const others: readonly (readonly [name: string, other: (table: Table<string, Row>) => Table<string, unknown>])[] = [
  ['itself', table => table],
  ['a map of it', table => table.map(({ n }) => n)],
  ['a filter of it', table => table.filter(({ n }) => n > 2)],
  ['a kept map of it', table => table.map(({ n }) => n, { as: 'mapped' })],
  ['an aggregate of its changes', table => table.toStream({ tombstones: false }).groupByKey().count({ as: 'changes' })],
]

test.each(others)('rows of a table and of %s are each in one group', async (name, other) => {
  const p = pipeline('app', { value: json() })
  const table = p.table(rows, { as: 'rows' })
  const joiner = (left: unknown, right: unknown) =>
    left === null || right === null ? `${left === null ? 'no left' : 'left'} alone` : 'both'
  for (const [on, joined] of Object.entries({
    inner: table.join(other(table), joiner),
    left: table.leftJoin(
      table.filter(({ n }) => n > 2),
      joiner,
    ),
  })) {
    joined
      .groupBy((group, key) => [`${on} ${group}`, key], { value: string })
      .aggregate(
        (): string[] => [],
        (keys, key) => [...keys, key],
        without,
        { as: on },
      )
      .toStream({ tombstones: false })
      .to(out)
  }
  const driver = await testDriver(p)
  for (const [key, n] of [
    ['a', 1],
    ['b', 3],
    ['a', 3],
    ['b', 1],
    ['a', 4],
  ] as const) {
    await driver.input(rows).send(key, { n })
  }
  const groups = new Map(
    driver
      .output(out)
      .read()
      .map(({ key, value }) => [key, value!.toSorted()]),
  )
  expect(Object.fromEntries(groups)).toEqual({
    'inner both': name === 'a filter of it' ? ['a'] : ['a', 'b'],
    'left both': ['a'],
    'left left alone': ['b'],
  })
  await driver.close()
})

/** Whoever takes out what was never put in leaves a trace. */
function without(keys: string[], key: string): string[] {
  const at = keys.indexOf(key)
  return at < 0 ? [...keys, `not ${key}`] : keys.toSpliced(at, 1)
}

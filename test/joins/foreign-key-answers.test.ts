import { expect, onTestFinished, test } from 'vitest'
import { json, memory, pipeline, readRecords, string, topic } from '../../dsl/index.js'
import { write } from '../patterns/helpers.js'

interface Row {
  readonly of: string | null
}

const row = (of: string | null): string => JSON.stringify({ of })

// What a row asked for before it changed again is answered behind that change, and dropped as out of date.
test.each([
  ['deleted and made again', [null, row('nowhere')]],
  ['without a foreign key and deleted', [row(null), null]],
  ['without a foreign key and with another', [row(null), row('nowhere')]],
  ['deleted, made again, without a foreign key and deleted', [null, row('nowhere'), row(null), null]],
])('an inner join by foreign key forgets the pair of a row that was %s at once', async (_what, changes) => {
  const log = await memory().open()
  onTestFinished(() => log.close())
  const [left, right, out] = [
    topic('left', { key: string, value: json<Row>() }),
    topic('right', { key: string, value: string }),
    topic('out', { key: string, value: json<string | null>() }),
  ]
  await log.topics.create([left, right, out].map(({ name }) => ({ name, partitions: 2 })))
  const p = pipeline('pairs')
  p.table(left)
    .join(p.table(right), (_, b) => b, { on: ({ of }) => of })
    .toStream()
    .to(out)
  const app = await p.start({ log, cacheBytes: 0 })
  onTestFinished(() => app.close())
  await write(log, [
    { topic: 'right', key: 'there', value: 'found', timestamp: 1 },
    { topic: 'left', key: 'k', value: row('there'), timestamp: 1 },
  ])
  await app.drained()
  await write(
    log,
    changes.map((value, i) => ({ topic: 'left', key: 'k', value, timestamp: 2 + i })),
  )
  await app.drained()
  const told = []
  for await (const { value } of readRecords(log, out)) told.push(value)
  expect(told[0]).toBe('found')
  expect(told.at(-1)).toBeNull()
})

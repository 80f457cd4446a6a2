import { describe, expect, test } from 'vitest'
import {
  embedded,
  hopping,
  memory,
  session,
  sliding,
  tumbling,
  unlimited,
  type Log,
  type Pipeline,
} from '../../dsl/index.js'
import { changing, expectRefused } from '../changed-store.js'
import { temporaryDirectory } from '../log/temporary.js'
import { texts } from '../patterns/helpers.js'

const grouped = (app: Pipeline) => app.stream(texts('in')).groupByKey()
const kinds = {
  tumbling: (app: Pipeline) => grouped(app).windowedBy(tumbling('10s')).count({ as: 'counts', emit: 'final' }),
  'a longer grace': (app: Pipeline) =>
    grouped(app)
      .windowedBy(tumbling('10s', { grace: '1m' }))
      .count({ as: 'counts' }),
  hopping: (app: Pipeline) => grouped(app).windowedBy(hopping('10s', '5s')).count({ as: 'counts' }),
  shorter: (app: Pipeline) => grouped(app).windowedBy(tumbling('5s')).count({ as: 'counts', emit: 'final' }),
  sliding: (app: Pipeline) => grouped(app).windowedBy(sliding('10s')).count({ as: 'counts' }),
  sessions: (app: Pipeline) => grouped(app).windowedBy(session('10s')).count({ as: 'counts', emit: 'final' }),
  unlimited: (app: Pipeline) => grouped(app).windowedBy(unlimited()).count({ as: 'counts' }),
}

function contract(open: () => Promise<Log>): void {
  const bench = () => changing(open, ['in'], kinds)

  test.each([
    ['tumbling', 'windows of 10000 ms', 'shorter', 'windows of 5000 ms'],
    ['tumbling', 'windows of 10000 ms', 'sessions', 'sessions'],
    ['tumbling', 'windows of 10000 ms', 'sliding', 'windows of 10000 ms, listed by key'],
    ['sessions', 'sessions', 'unlimited', 'windows without an end'],
  ] as const)('%s are not taken for others: %s, %s', async (before, had, after, has) => {
    await expectRefused(await bench(), before, had, after, has)
  })

  test('how windows overlap, their grace and what is told of them may change', async () => {
    const run = await bench()
    for (const kind of ['tumbling', 'hopping', 'a longer grace', 'tumbling'] as const) {
      await expect(run(kind)).resolves.toBeUndefined()
    }
  })
}

describe('windows of another kind under the same name, on the memory log', () => contract(() => memory().open()))

describe('windows of another kind under the same name, on the embedded log', () =>
  contract(async () => embedded(await temporaryDirectory()).open()))

import { describe, expect, onTestFinished, test } from 'vitest'
import {
  embedded,
  hopping,
  memory,
  pipeline,
  session,
  sliding,
  tumbling,
  unlimited,
  type Log,
} from '../../dsl/index.js'
import { temporaryDirectory } from '../log/temporary.js'
import { texts, write } from '../patterns/helpers.js'

const kinds = {
  tumbling: (grouped: Grouped) => grouped.windowedBy(tumbling('10s')).count({ as: 'counts', emit: 'final' }),
  'a longer grace': (grouped: Grouped) => grouped.windowedBy(tumbling('10s', { grace: '1m' })).count({ as: 'counts' }),
  hopping: (grouped: Grouped) => grouped.windowedBy(hopping('10s', '5s')).count({ as: 'counts' }),
  shorter: (grouped: Grouped) => grouped.windowedBy(tumbling('5s')).count({ as: 'counts', emit: 'final' }),
  sliding: (grouped: Grouped) => grouped.windowedBy(sliding('10s')).count({ as: 'counts' }),
  sessions: (grouped: Grouped) => grouped.windowedBy(session('10s')).count({ as: 'counts', emit: 'final' }),
  unlimited: (grouped: Grouped) => grouped.windowedBy(unlimited()).count({ as: 'counts' }),
}
type Kind = keyof typeof kinds
type Grouped = ReturnType<typeof groupedOf>

function groupedOf(app: ReturnType<typeof pipeline>) {
  return app.stream(texts('in')).groupByKey()
}

function contract(open: () => Promise<Log>): void {
  const bench = async () => {
    const log = await open()
    onTestFinished(() => log.close())
    await log.topics.create([{ name: 'in', partitions: 1 }])
    const stateDir = await temporaryDirectory()
    return async (kind: Kind) => {
      await write(log, [{ topic: 'in', key: 'a', value: 'x', timestamp: 1000 }])
      const app = pipeline('app')
      kinds[kind](groupedOf(app))
      const running = await app.start({ log, stateDir })
      await running.drained()
      await running.close()
    }
  }

  test.each([
    ['tumbling', 'windows of 10000 ms', 'shorter', 'windows of 5000 ms'],
    ['tumbling', 'windows of 10000 ms', 'sessions', 'sessions'],
    ['tumbling', 'windows of 10000 ms', 'sliding', 'windows of 10000 ms, listed by key'],
    ['sessions', 'sessions', 'unlimited', 'windows without an end'],
  ] as const)('%s are not taken for others: %s, %s', async (before, had, after, has) => {
    const run = await bench()
    await run(before)
    await expect(run(after)).rejects.toMatchObject({
      code: 'BAD_TOPOLOGY',
      what: `store "counts" has ${had}, and is to have ${has}`,
      hint: expect.stringContaining('sluice reset') as unknown,
    })
    await run(before)
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

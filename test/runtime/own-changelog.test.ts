import { expect, onTestFinished, test } from 'vitest'
import { json, pipeline, store, string, topic } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** How many live in Rome: `compacted` while a move and a death wait, and the table is restored before it meets them. */
async function romans(changelog?: boolean | 'topic'): Promise<number | undefined> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }
  await log.topics.create([{ name: 'people', partitions: 1, config }])
  const counts = store('romans', { key: string, value: json<number>() })
  const stateDir = await temporaryDirectory()
  const run = async (): Promise<number | undefined> => {
    const app = pipeline('app')
    app
      .table(topic('people', { key: string, value: string }), {
        as: 'people',
        in: 'memory',
        ...(changelog === undefined ? {} : { changelog }),
      })
      .groupBy((city, name) => [city, name], { value: string })
      .count({ as: counts })
    const running = await app.start({ log, stateDir })
    try {
      await running.drained()
      return (await running.query(counts).get('Rome')) ?? undefined
    } finally {
      await running.close()
    }
  }
  const people = async (...cities: (string | null)[]): Promise<void> =>
    produce(log, 'people', 0, ...cities.map((value, n) => ({ key: `${n}`, value })))
  await people('Rome', 'Rome', 'Rome')
  expect(await run()).toBe(3)
  await people('Oslo', null, 'Rome')
  await log.maintain()
  return run()
}

test('a table that is restored knows what compaction of its topic has taken away', async () => {
  expect(await romans()).toBe(1)
  expect(await romans(true)).toBe(1)
})

test('with its topic for a changelog it does not, as its docstring says', async () => {
  expect(await romans('topic')).toBe(3)
})

test('no other topic can be the changelog', async () => {
  const wrong = 'people' as 'topic'
  await expect(romans(wrong)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint: "write true, false or 'topic'" })
})

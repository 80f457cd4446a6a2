import { expect, onTestFinished, test } from 'vitest'
import { json, pipeline, store, string, topic } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { produce } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

/** How many live in Rome: `compacted` while a move and a death wait, and the table is restored before it meets them. */
async function romans(changelog: boolean | 'own'): Promise<number | undefined> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  const config = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' }
  await log.topics.create([{ name: 'people', partitions: 1, config }])
  const counts = store('romans', { key: string, value: json<number>() })
  const stateDir = await temporaryDirectory()
  const run = async (): Promise<number | undefined> => {
    const app = pipeline('app')
    app
      .table(topic('people', { key: string, value: string }), { as: 'people', changelog, in: 'memory' })
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

test('with a changelog of its own, a table that is restored knows what compaction of its topic has taken away', async () => {
  expect(await romans('own')).toBe(1)
})

test('it is the only such option', async () => {
  const wrong = 'mine' as 'own'
  await expect(romans(wrong)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', hint: "write true, false or 'own'" })
})

import { expect, it, onTestFinished } from 'vitest'
import { long, pipeline, store, string } from '../../dsl/index.js'
import { logWith, texts, write } from '../patterns/helpers.js'

it('reads from one key to another, both included, and to the end where a bound is left out', async () => {
  const log = await logWith(['in'], 1)
  await write(
    log,
    ['b', 'c', 'a', 'd'].map(key => ({ topic: 'in', key, value: '', timestamp: 1 })),
  )
  const counts = store('counts', { key: string, value: long })
  const p = pipeline('ranges')
  p.stream(texts('in')).groupByKey().count({ as: counts })
  const app = await p.start({ log })
  onTestFinished(async () => {
    await app.close()
    await log.close()
  })
  await app.drained()
  const range = async (from?: string | null, to?: string | null) => {
    const keys: string[] = []
    for await (const [key] of app.query(counts).range(from, to)) keys.push(key)
    return keys.join('')
  }
  expect(await range('b', 'c')).toBe('bc')
  expect(await range('b')).toBe('bcd')
  expect(await range(null, 'b')).toBe('ab')
  expect(await range()).toBe('abcd')
  expect(await range('x', 'z')).toBe('')
})

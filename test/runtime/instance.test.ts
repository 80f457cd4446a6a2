import { expect, it, vi } from 'vitest'
import { memory, pipeline, string, topic } from '../../dsl/index.js'

const input = topic('input', { key: string, value: string })
const output = topic('output', { key: string, value: string })

it('ends for those who look, too, where its log does not close', async () => {
  const log = await memory({ autoCreate: 1 }).open()
  const p = pipeline('app')
  p.stream(input).to(output)
  const app = await p.start({ log: { kind: 'memory', open: async () => log } })
  const states: string[] = []
  app.state$.subscribe({ next: ({ state }) => states.push(state), complete: () => states.push('over') })

  vi.spyOn(log, 'close').mockRejectedValue(new Error('the disk is gone'))
  await expect(app.close()).rejects.toThrow('the disk is gone')
  await expect(app.closed).rejects.toThrow('the disk is gone')
  expect(states.slice(-2)).toEqual(['error', 'over'])
  await expect(app.drained()).rejects.toThrow('the disk is gone')
})

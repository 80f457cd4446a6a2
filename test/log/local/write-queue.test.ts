import { expect, it } from 'vitest'
import { WriteQueue } from '../../../src/log/local/write-queue.js'

it('goes on after a write that changes nothing', async () => {
  const queue = new WriteQueue(() => undefined)
  const done: number[] = []
  for (const i of [1, 2, 3]) await queue.submit({ prepare() {}, applied: () => void done.push(i) })
  expect(done).toEqual([1, 2, 3])
})

it('goes on after a write that was refused', async () => {
  const queue = new WriteQueue(() => undefined)
  const refuse = (): never => {
    throw new Error('refused')
  }
  await expect(queue.submit({ prepare: refuse })).rejects.toThrow('refused')
  await queue.submit({ prepare() {} })
  await queue.settled()
})

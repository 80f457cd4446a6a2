import { expect, it } from 'vitest'
import { Turnstile } from '../../../src/log/embedded/turnstile.js'

it('lets so many in, and the next when one goes, whether it went well or not', async () => {
  const turnstile = new Turnstile(2)
  const inside: number[] = []
  const go: (() => void)[] = []
  const fail: ((why: Error) => void)[] = []
  const passes = [0, 1, 2, 3].map(number =>
    turnstile.pass(async () => {
      inside.push(number)
      await new Promise<void>((resolve, reject) => {
        go[number] = resolve
        fail[number] = reject
      })
      return number
    }),
  )
  expect(inside).toEqual([0, 1])
  fail[1]!(new Error('no'))
  await expect(passes[1]).rejects.toThrow('no')
  expect(inside).toEqual([0, 1, 2])
  go[0]!()
  expect(await passes[0]).toBe(0)
  expect(inside).toEqual([0, 1, 2, 3])
  go[2]!()
  go[3]!()
  expect(await Promise.all(passes.slice(2))).toEqual([2, 3])
  expect(await turnstile.pass(async () => 'again')).toBe('again')
})

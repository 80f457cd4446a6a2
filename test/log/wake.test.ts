import { expect, it } from 'vitest'
import { signalled } from '../../src/log/wake.js'

it('remembers a call that comes while nobody waits, once', async () => {
  const wake = signalled()
  wake.call()
  wake.call()
  await wake.wait()
  let woken = false
  const next = wake.wait().then(() => {
    woken = true
  })
  await Promise.resolve()
  expect(woken).toBe(false)
  wake.call()
  await next
})

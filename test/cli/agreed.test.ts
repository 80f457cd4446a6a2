import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { agreed } from '../../src/cli/agreed.js'

/** What was answered to these keys, at a terminal. */
async function typed(keys: string): Promise<boolean> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()].map(stream => Object.assign(stream, { isTTY: true }))
  const { signal } = new AbortController()
  const asked = agreed('go on? [y/N] ', { stdin: stdin!, stdout: stdout!, say: () => {}, signal }, 'usage')
  stdin!.write(keys)
  const answer = await asked
  stdout!.end()
  expect(await text(stdout!)).toMatch(/go on\? \[y\/N\] .*\n$/s)
  return answer
}

it.each([
  ['y\r', true],
  ['yes\r', true],
  ['no\r', false],
  ['\r', false],
  // Ctrl-C and Ctrl-D.
  ['\u0003', false],
  ['\u0004', false],
])('%j is answered', async (keys, answer) => {
  expect(await typed(keys)).toBe(answer)
})

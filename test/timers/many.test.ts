import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { full } from '../faults/moments.js'
import { temporaryDirectory } from '../log/temporary.js'
import type { Found } from './many.js'

const program = fileURLToPath(new URL('./many.ts', import.meta.url))
const count = full ? 1_000_000 : 100_000
/** In MiB: less than the records would take in memory, with what belongs to each. */
const limit = full ? 160 : 80

test(`${count} records wait on the disk, not in memory, and go on in order`, { timeout: 1_200_000 }, async () => {
  const args = ['--import', 'tsx', '--expose-gc', program, await temporaryDirectory(), String(count)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { before, pending, most, ...others } = JSON.parse(stdout) as Found
  const memory = ({ heap, process }: Found['before']): string => `${heap} MiB (process: ${process})`
  console.log(
    `${count} pending timers of 500 bytes. Memory before: ${memory(before)}, with all of them pending: ${memory(pending)}, ` +
      `at most while they came in and fired: ${memory(most)}`,
  )
  expect(others).toEqual({ waited: 0, passed: count, inOrder: true })
  expect(most.heap - before.heap).toBeLessThan(limit)
})

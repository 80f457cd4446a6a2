import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../log/temporary.js'

const script = resolve(import.meta.dirname, '../../scripts/summary.mjs')

/** The last line and the exit code for a report of these suites, each a status and those of its tests. */
async function summary(
  suites: readonly (readonly [string, ...string[]])[] | undefined,
  broken: number,
): Promise<string> {
  const file = join(await temporaryDirectory(), 'tests.json')
  if (suites !== undefined) {
    const testResults = suites.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map(test => ({ status: test })),
    }))
    await writeFile(file, JSON.stringify({ testResults }))
  }
  const { stdout, status } = spawnSync(process.execPath, [script, file, String(broken)], { encoding: 'utf8' })
  return `${stdout.trimEnd().split('\n').at(-1)} → ${status}`
}

it('sums up what vitest reports', async () => {
  const fine = ['passed', 'passed', 'passed', 'skipped', 'todo'] as const
  expect(await summary([fine, ['passed', 'passed']], 0)).toBe('3 passed, 0 failed, 2 skipped → 0')
  expect(await summary([fine, ['failed', 'passed', 'failed', 'failed']], 1)).toBe('3 passed, 2 failed, 2 skipped → 1')
})

it('counts what broke without a failed test to show for it', async () => {
  expect(await summary([['passed', 'passed'], ['failed']], 1)).toBe('1 passed, 1 failed, 0 skipped → 1')
  expect(await summary([['passed', 'passed']], 1)).toBe('1 passed, 1 failed, 0 skipped → 1')
  expect(await summary([], 0)).toBe('0 passed, 0 failed, 0 skipped → 1')
  expect(await summary(undefined, 3)).toBe('0 passed, 3 failed, 0 skipped → 1')
})

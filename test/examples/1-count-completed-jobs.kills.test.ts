import { expect, test } from 'vitest'
import { faultSeed, full } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { killRun } from './kill-run.js'

const seed = faultSeed()
// Its deaths at all phases of commits are those of test/faults; here the whole program dies, as the other examples do.
onBothLogs('1-count-completed-jobs', /^(jobs|imports|finished-imports|import-tracker-.*)$/, place => {
  test.runIf(full)('counts right through kill -9', { timeout: 300_000 }, async () => {
    const kills = 5
    const args = ['--flights', '2k', '--commit-interval', '5']
    const { args: where } = await place()
    const { output } = await killRun({ example: '1-count-completed-jobs', place: where, args: () => args, kills, seed })
    expect(output).toContain('exactly once, with the right count')
  })
})

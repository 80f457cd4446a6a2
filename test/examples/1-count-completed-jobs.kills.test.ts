import { readRecords } from 'sluice'
import { expect, test } from 'vitest'
import { plainLoop } from '../../examples/1-count-completed-jobs/check.js'
import { finished } from '../../examples/1-count-completed-jobs/pipeline.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed, full } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { fullKills, killRun } from './kill-run.js'

const seed = faultSeed()
// Its deaths at all phases of commits are those of test/faults; here the whole program dies, as the other examples do.
onBothLogs('1-count-completed-jobs', /^(jobs|imports|finished-imports|import-tracker-.*)$/, place => {
  test.runIf(full)('counts right through kill -9', { timeout: 900_000 }, async ({ task }) => {
    const where = await place()
    const args = (): string[] => ['--flights', '20k', '--commit-interval', '5']
    const { output, row } = await killRun({
      example: '1-count-completed-jobs',
      place: where,
      args,
      kills: fullKills,
      seed,
      writeKills: Math.ceil(fullKills / 5),
    })
    const log = await where.open()
    const found: string[] = []
    for await (const { key, value } of readRecords(log, finished))
      found.push(`${key}: ${value!.done} of ${value!.total}`)
    await log.close()
    const expected = Array.from(await plainLoop('20k'), ([id, total]) => `${id}: ${total} of ${total}`)
    expectEachOnce(task, row, { expected, found })
    expect(output).toContain('exactly once, with the right count')
  })
})

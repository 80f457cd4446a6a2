import { join } from 'node:path'
import { embedded } from 'sluice'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../log/temporary.js'
import { faultSeed, full, moments } from './moments.js'
import { runJob } from './process.js'
import { expectedImports, finishedImports, flightsPerImport, storedCounts } from './verdict.js'

const kills = full ? 20 : 6

test(`on the embedded log, ${kills} times kill -9 leave every import finished once`, { timeout: 300_000 }, async () => {
  const dir = await temporaryDirectory()
  const config = {
    log: { dir: join(dir, 'log') },
    stateDir: join(dir, 'state'),
    sessionTimeout: 0,
    transactionTimeout: 0,
    maxUncommittedBytes: 4_000,
  }
  for (const kill of moments(kills, faultSeed(), 2)) {
    const { killed, lines } = await runJob({ ...config, kill })
    expect(killed, `${JSON.stringify(kill)} ${JSON.stringify(lines.at(-1))}`).toBe(true)
  }
  const { lines } = await runJob(config)
  expect(lines.at(-1)).toEqual({ at: 'done', wrong: [] })
  const totals = await flightsPerImport()
  const log = await embedded(config.log.dir).open()
  expect(await finishedImports(log)).toEqual(expectedImports(totals))
  expect(await storedCounts(log, config.stateDir)).toEqual(totals)
  await log.close()
})

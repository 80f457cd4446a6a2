import { readFile } from 'node:fs/promises'
import { testDriver } from 'sluice/testing'
import { expect, test } from 'vitest'
import { deliver, importOf, type Import } from '../../examples/5-import-jobs/imports.js'
import runs, { failed, jobs, plans, told } from '../../examples/5-import-jobs/pipeline.js'
import { results } from '../../examples/5-import-jobs/results.js'
import { placeOf } from '../../examples/5-import-jobs/work.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed } from '../faults/moments.js'
import { temporaryDirectory } from '../log/temporary.js'
import { onBothLogs } from './both-logs.js'
import { eventsOf, faultyService } from './faulty-service.js'
import { fullKills, killRun } from './kill-run.js'

const seed = faultSeed()

test('a file that is not there yet holds back its import, and no other file', async () => {
  process.env['IMPORT_DIR'] = await temporaryDirectory()
  const { service } = await faultyService()
  process.env['WEBHOOK_URL'] = `${service.url}/finished`
  const [late, other] = [importOf(7), importOf(8)]
  expect([late.files.length, other.files.length]).toEqual([1, 1])
  deliver(other)
  const driver = await testDriver(runs, { now: 0 })
  const finished = () =>
    driver
      .output(told)
      .read()
      .map(({ value }) => value)
  for (const { id, files } of [late, other]) {
    await driver.input(plans).send(id, { files: files.length })
    for (const kind of ['parse', 'import'] as const) {
      await driver.input(jobs).send(files[0]!, { kind, importId: id })
    }
  }
  expect(finished()).toEqual([{ importId: other.id, files: 1 }])
  deliver(late)
  await driver.advance('10s')
  expect(finished()).toEqual([{ importId: late.id, files: 1 }])
  expect(driver.output(failed).read()).toEqual([])
  expect(eventsOf(service)).toEqual({ acted: [event(late), event(other)].toSorted(), newKeys: [] })
  await driver.close()
})

onBothLogs('5-import-jobs', /^import-(jobs|plans|webhooks|runs)(-.*)?$/, place => {
  const what = 'tells the end of every import once, through kill -9 where it is asked for'
  test(what, { timeout: 900_000 }, async ({ task }) => {
    const { service, calls } = await faultyService(seed)
    process.env['IMPORT_DIR'] = await temporaryDirectory()
    const env = { IMPORT_DIR: process.env['IMPORT_DIR'], WEBHOOK_URL: `${service.url}/finished` }
    const where = await place()
    // `npm test` kills this example alone, where that is quickest.
    const kills = fullKills === 0 && where.kind === 'embedded' ? 2 : fullKills
    const perRun = kills > 0 ? 20 : 10
    const args = (run: number): string[] => ['--events', String(perRun * (run + 1)), '--commit-interval', '10']
    const { runs, row } = await killRun({
      example: '5-import-jobs',
      place: where,
      args,
      env,
      kills,
      seed,
      calls,
    })
    const log = await where.open()
    const found = await results(log)
    await log.close()

    const all = Array.from({ length: perRun * runs }, (_, n) => importOf(n))
    const good = all.filter(({ bad }) => bad === undefined)
    const bad = all.flatMap(({ bad }) => (bad === undefined ? [] : [`parse ${bad}`, `import ${bad}`]))
    const { acted, newKeys } = eventsOf(service)
    expectEachOnce(task, row, {
      expected: [
        ...good.map(({ id }) => `told: ${id}`),
        ...good.map(each => `called: ${event(each)}`),
        ...bad.map(job => `failed: ${job}`),
      ],
      found: [
        ...found.told.map(id => `told: ${id}`),
        ...acted.map(each => `called: ${each}`),
        ...found.failed.map(job => `failed: ${job}`),
      ],
      newKeys,
    })
    for (const file of good.flatMap(({ files }) => files)) {
      const imported = JSON.parse(await readFile(placeOf('imported', `${file}.json`), 'utf8')) as object
      expect(imported, file).toMatchObject({ rows: 20, total: expect.any(Number) })
    }
  })
})

function event({ id, files }: Import): string {
  return `/finished ${JSON.stringify({ importId: id, files: files.length })}`
}

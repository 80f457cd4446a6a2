import { testDriver } from 'sluice/testing'
import { expect, test } from 'vitest'
import signup, { sent, signUps, unknownUsers, verifications } from '../../examples/3-signup/pipeline.js'
import { generator } from '../../examples/shared/random.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed, full } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { faultyService } from './faulty-service.js'
import { fullKills, killRun } from './kill-run.js'
import { ExampleJob } from './main-job.js'
import { messagesOf } from './sign-up-verdict.js'

const seed = faultSeed()

test('a link that is followed before its sign-up is there waits for it; one that was sent to nobody is a dead letter', async () => {
  const { service } = await faultyService()
  process.env['MESSAGES_URL'] = service.url
  const driver = await testDriver(signup, { now: 0 })
  const texts = () =>
    driver
      .output(sent)
      .read()
      .map(({ key, value }) => `${key}: ${value?.kind} ${value?.text}`)
  await driver.input(verifications).send('ada', { link: 'early' })
  await driver.input(verifications).send('eve', { link: 'forged' })
  expect(texts()).toEqual([])
  const ada = { name: 'Ada', mail: 'ada@example.com', phone: '+44 1', news: ['mail', 'sms'] } as const
  await driver.input(signUps).send('ada', ada)
  await driver.advance('5m')
  expect(texts().toSorted()).toEqual([
    'ada: mail Is this you? https://example.com/verify/ada',
    'ada: mail News will come to this address.',
    'ada: mail Welcome, Ada!',
    'ada: sms News will come to this phone.',
  ])
  expect(driver.output(unknownUsers).read()).toMatchObject([{ key: 'eve', value: { link: 'forged' } }])
  await driver.close()
})

onBothLogs('3-signup', /^sign-ups?(-.*)?$/, place => {
  test(
    `sends every message once${fullKills > 0 ? ', through kill -9' : ''}`,
    { timeout: 900_000 },
    async ({ task }) => {
      const { service, calls } = await faultyService(seed)
      const where = await place()
      const people = fullKills > 0 ? 40 : 20
      const args = (run: number): string[] => ['--events', String(people * (run + 1)), '--commit-interval', '10']
      const env = { MESSAGES_URL: service.url }
      const { runs, row } = await killRun({
        example: '3-signup',
        place: where,
        args,
        env,
        kills: fullKills,
        seed,
        calls,
      })
      expectEachOnce(task, row, await messagesOf(await where.open(), service, people * runs))
    },
  )

  test.runIf(full)('a zone that dies for good leaves its users to the other', { timeout: 300_000 }, async context => {
    const where = await place()
    context.skip(where.kind === 'embedded', 'several instances need Kafka')
    const { service } = await faultyService(seed)
    const people = 1_200
    const instance = (zone: string): ExampleJob => {
      const args = [...where.args, '--events', String(people), '--commit-interval', '10', '--zone', zone]
      args[args.indexOf('--state-dir') + 1] += `-${zone}`
      return new ExampleJob('3-signup', args, { MESSAGES_URL: `${service.url}/${zone}` })
    }
    const callsOf = (zone: string): number => service.served.filter(({ path }) => path.startsWith(`/${zone}/`)).length
    /** Kills it after so many of its calls. @throws what it printed, where it ended before */
    const killAfter = async (job: ExampleJob, zone: string, calls: number): Promise<void> => {
      let over = false
      void job.ended.then(() => (over = true))
      while (callsOf(zone) < calls && !over) await new Promise(resolve => setTimeout(resolve, 5))
      job.signal('SIGKILL')
      expect((await job.ended).signal, job.output).toBe('SIGKILL')
    }
    // The first one writes the input for both.
    await killAfter(instance('eu-a'), 'eu-a', 1)
    const [stays, dies] = [instance('eu-a'), instance('eu-b')]
    await killAfter(dies, 'eu-b', 20 + Math.floor(generator(seed)() * 100))
    expect(await stays.ended, stays.output).toEqual({ code: 0, signal: null })
    const row = { what: '3-signup, a zone for good', log: where.kind, planned: 2, hit: 2, missed: 0 }
    expectEachOnce(context.task, row, await messagesOf(await where.open(), service, people))
  })
})

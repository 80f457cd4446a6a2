import { testDriver } from 'sluice/testing'
import { expect, test } from 'vitest'
import type { Sent } from '../../examples/3-signup/messages.js'
import { person } from '../../examples/3-signup/people.js'
import signup, { sent, signUps, unknownUsers, verifications } from '../../examples/3-signup/pipeline.js'
import { results } from '../../examples/3-signup/results.js'
import { faultSeed, full } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { expectEvents, faultyService } from './faulty-service.js'
import { killRun } from './kill-run.js'

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
  test(`sends every message once${full ? ', through kill -9' : ''}`, { timeout: 600_000 }, async () => {
    const { service, calls } = await faultyService(seed)
    const where = await place()
    const people = full ? 40 : 20
    const args = (run: number): string[] => ['--events', String(people * (run + 1)), '--commit-interval', '10']
    const env = { MESSAGES_URL: service.url }
    const kills = full ? 20 : 0
    const { runs } = await killRun({ example: '3-signup', place: where.args, args, env, kills, seed, calls })
    const log = await where.open()
    const found = await results(log)
    await log.close()

    const expected = Array.from({ length: people * runs }, (_, n) => messagesTo(n)).flat()
    expect(found.sent.map(({ kind, to, text }) => JSON.stringify({ kind, to, text })).toSorted()).toEqual(
      expected.map(message => JSON.stringify(message)).toSorted(),
    )
    expectEvents(
      service,
      expected.map(message => `/${message.kind} ${JSON.stringify(message)}`),
    )
    const forgers = Array.from({ length: people * runs }, (_, n) => person(n).forger ?? [])
    expect(found.unknown.toSorted()).toEqual(forgers.flat().toSorted())
    expect(found.unsent).toEqual([])
  })
})

/** What a person has to get. */
function messagesTo(n: number): Sent[] {
  const { id, user, verifies } = person(n)
  const mail = (text: string): Sent => ({ kind: 'mail', to: user.mail, text })
  const all = [mail(`Is this you? https://example.com/verify/${id}`)]
  if (!verifies) return all
  all.push(mail(`Welcome, ${user.name}!`))
  if (user.news.includes('mail')) all.push(mail('News will come to this address.'))
  if (user.news.includes('sms')) all.push({ kind: 'sms', to: user.phone, text: 'News will come to this phone.' })
  return all
}

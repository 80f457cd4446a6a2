import { readRecords, type Log } from 'sluice'
import { expect, onTestFinished, test } from 'vitest'
import notifications, { status, undelivered } from '../../examples/4-notifications/pipeline.js'
import { mailService, smsService } from '../../examples/4-notifications/services.js'
import { event } from '../../examples/4-notifications/traffic.js'
import type { Delivery, Preferences } from '../../examples/4-notifications/messages.js'
import type { Service } from '../../examples/shared/service.js'
import { faultSeed } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { CallWatch, fullKills, killRun } from './kill-run.js'

const seed = faultSeed()

onBothLogs('4-notifications', /^(alerts|newsletters|preferences|undelivered|notifications-.*)$/, place => {
  test('each message has one end, and no more than one mail or text', run, 600_000)

  async function run(): Promise<void> {
    const { args: where, open } = await place()
    const calls = new CallWatch()
    const mails = await mailService({ seed, onCall: calls.tell })
    const texts = await smsService({ seed: seed + 1, onCall: calls.tell })
    onTestFinished(async () => {
      await Promise.all([mails.close(), texts.close()])
    })
    const perRun = fullKills > 0 ? 60 : 160
    const { runs } = await killRun({
      example: '4-notifications',
      place: where,
      args: run => ['--events', String(perRun * (run + 1)), '--commit-interval', '10'],
      env: { SENDGRID_URL: mails.url, TWILIO_URL: texts.url },
      kills: fullKills,
      seed,
      calls,
    })
    const expected = expectedStates(perRun * runs)
    const log = await open()
    try {
      const stateDir = where[where.indexOf('--state-dir') + 1]!
      expect(await states(log, stateDir)).toEqual(expected)
      expect(await deadLetters(log)).toEqual(idsOf(expected, 'undelivered'))
    } finally {
      await log.close()
    }
    expect(sentBy(mails, body => (JSON.parse(body) as { content: { value: string }[] }).content[0]!.value)).toEqual(
      idsOf(expected, 'mailed'),
    )
    expect(sentBy(texts, body => new URLSearchParams(body).get('Body')!)).toEqual(idsOf(expected, 'texted'))
  }
})

/** What should become of each message: a plain loop over the input. */
function expectedStates(events: number): Map<string, Delivery['state']> {
  const wishes = new Map<string, Preferences>()
  const states = new Map<string, Delivery['state']>()
  for (let n = 0; n < events; n++) {
    const { topic, key, value } = event(n)
    if (topic === 'preferences') wishes.set(key, value)
    else {
      const { optIn, mail, phone } = wishes.get(value.user)!
      const byText = value.kind === 'alert' && phone !== undefined
      const reached = byText ? phone !== 'unknown' : !mail.endsWith('@nowhere')
      const unwanted = value.kind === 'newsletter' && !optIn
      states.set(value.id, unwanted ? 'unwanted' : !reached ? 'undelivered' : byText ? 'texted' : 'mailed')
    }
  }
  return states
}

function idsOf(states: ReadonlyMap<string, Delivery['state']>, wanted: Delivery['state']): string[] {
  return Array.from(states)
    .filter(([, state]) => state === wanted)
    .map(([id]) => id)
    .toSorted()
}

/** The table as a further start finds it. */
async function states(log: Log, stateDir: string): Promise<Map<string, Delivery['state']>> {
  await using app = await notifications.start({ log, stateDir })
  await app.drained()
  const found = new Map<string, Delivery['state']>()
  for await (const [id, { state }] of app.query(status).all()) found.set(id, state)
  return found
}

async function deadLetters(log: Log): Promise<string[]> {
  const found: string[] = []
  for await (const { value } of readRecords(log, undelivered)) found.push(value!.id)
  return found.toSorted()
}

/** The messages that the service sent, one for each idempotency key that it acted on. One message never has two keys. */
function sentBy({ served }: Service, textOf: (body: string) => string): string[] {
  const idOf = (text: string): string => `message-${/\d+/.exec(text)![0]}`
  const keys = new Map<string, string>()
  for (const { key, body } of served) {
    const id = idOf(textOf(body))
    expect(keys.get(id) ?? key, `${id} was asked for with two keys`).toBe(key)
    keys.set(id, key)
  }
  return served
    .filter(({ outcome }) => outcome === 'acted')
    .map(({ body }) => idOf(textOf(body)))
    .toSorted()
}

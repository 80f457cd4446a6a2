import { readRecords, type Log } from 'sluice'
import { onTestFinished, test, type TestContext } from 'vitest'
import notifications, { status, undelivered } from '../../examples/4-notifications/pipeline.js'
import { mailService, smsService } from '../../examples/4-notifications/services.js'
import { event } from '../../examples/4-notifications/traffic.js'
import type { Delivery, Preferences } from '../../examples/4-notifications/messages.js'
import type { Service } from '../../examples/shared/service.js'
import { expectEachOnce } from '../faults/kill-report.js'
import { faultSeed } from '../faults/moments.js'
import { onBothLogs } from './both-logs.js'
import { CallWatch, fullKills, killRun } from './kill-run.js'

const seed = faultSeed()

onBothLogs('4-notifications', /^(alerts|newsletters|preferences|undelivered|notifications-.*)$/, place => {
  test('each message has one end, and no more than one mail or text', run, 900_000)

  async function run({ task }: TestContext): Promise<void> {
    const where = await place()
    const calls = new CallWatch()
    const mails = await mailService({ seed, onCall: calls.tell })
    const texts = await smsService({ seed: seed + 1, onCall: calls.tell })
    onTestFinished(async () => {
      await Promise.all([mails.close(), texts.close()])
    })
    const perRun = fullKills > 0 ? 60 : 160
    const { runs, row } = await killRun({
      example: '4-notifications',
      place: where,
      args: run => ['--events', String(perRun * (run + 1)), '--commit-interval', '10'],
      env: { SENDGRID_URL: mails.url, TWILIO_URL: texts.url },
      kills: fullKills,
      seed,
      calls,
    })
    const states = expectedStates(perRun * runs)
    const log = await where.open()
    try {
      const stateDir = where.args[where.args.indexOf('--state-dir') + 1]!
      const byMail = sentBy(mails, body => (JSON.parse(body) as { content: { value: string }[] }).content[0]!.value)
      const byText = sentBy(texts, body => new URLSearchParams(body).get('Body')!)
      expectEachOnce(task, row, {
        expected: [
          ...Array.from(states, ([id, state]) => `status of ${id}: ${state}`),
          ...idsOf(states, 'undelivered').map(id => `dead letter: ${id}`),
          ...idsOf(states, 'mailed').map(id => `mail: ${id}`),
          ...idsOf(states, 'texted').map(id => `text: ${id}`),
        ],
        found: [
          ...(await statesFound(log, stateDir)),
          ...(await deadLetters(log)),
          ...byMail.acted.map(id => `mail: ${id}`),
          ...byText.acted.map(id => `text: ${id}`),
        ],
        newKeys: [...byMail.newKeys, ...byText.newKeys],
      })
    } finally {
      await log.close()
    }
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
  return Array.from(states).flatMap(([id, state]) => (state === wanted ? id : []))
}

/** The table as a further start finds it. */
async function statesFound(log: Log, stateDir: string): Promise<string[]> {
  await using app = await notifications.start({ log, stateDir })
  await app.drained()
  const found: string[] = []
  for await (const [id, { state }] of app.query(status).all()) found.push(`status of ${id}: ${state}`)
  return found
}

async function deadLetters(log: Log): Promise<string[]> {
  const found: string[] = []
  for await (const { value } of readRecords(log, undelivered)) found.push(`dead letter: ${value!.id}`)
  return found
}

/** The messages that the service sent, and those that it was asked for under several idempotency keys. */
function sentBy({ served }: Service, textOf: (body: string) => string): { acted: string[]; newKeys: string[] } {
  const idOf = (text: string): string => `message-${/\d+/.exec(text)![0]}`
  const keys = new Map<string, Set<string>>()
  const acted: string[] = []
  for (const { key, body, outcome } of served) {
    const id = idOf(textOf(body))
    keys.set(id, (keys.get(id) ?? new Set()).add(key))
    if (outcome === 'acted') acted.push(id)
  }
  return { acted, newKeys: Array.from(keys).flatMap(([id, used]) => (used.size > 1 ? id : [])) }
}

import type { Log } from 'sluice'
import { expect } from 'vitest'
import type { Sent } from '../../examples/3-signup/messages.js'
import { person } from '../../examples/3-signup/people.js'
import { results } from '../../examples/3-signup/results.js'
import type { Service } from '../../examples/shared/service.js'
import { expectEvents } from './faulty-service.js'

/** So many people got what they have to get, each message once, and the links of forgers are dead letters, once. Closes the log. */
export async function expectEachMessageOnce(log: Log, service: Service, people: number): Promise<void> {
  const found = await results(log)
  await log.close()
  const expected = Array.from({ length: people }, (_, n) => messagesTo(n)).flat()
  expect(found.sent.map(({ kind, to, text }) => JSON.stringify({ kind, to, text })).toSorted()).toEqual(
    expected.map(message => JSON.stringify(message)).toSorted(),
  )
  expectEvents(
    service,
    expected.map(message => `/${message.kind} ${JSON.stringify(message)}`),
  )
  const forgers = Array.from({ length: people }, (_, n) => person(n).forger ?? [])
  expect(found.unknown.toSorted()).toEqual(forgers.flat().toSorted())
  expect(found.unsent).toEqual([])
}

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

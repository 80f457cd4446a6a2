import type { Log } from 'sluice'
import type { Sent } from '../../examples/3-signup/messages.js'
import { person } from '../../examples/3-signup/people.js'
import { results } from '../../examples/3-signup/results.js'
import type { Service } from '../../examples/shared/service.js'
import type { Outcome } from '../faults/kill-report.js'
import { eventsOf } from './faulty-service.js'

/**
 * What so many people got, by the topics and by the service, with the links of forgers, which are dead letters; and what they
 * have to get. Closes the log.
 */
export async function messagesOf(log: Log, service: Service, people: number): Promise<Outcome> {
  const { sent, unknown, unsent } = await results(log)
  await log.close()
  const { acted, newKeys } = eventsOf(service)
  const messages = Array.from({ length: people }, (_, n) => messagesTo(n)).flat()
  const forgers = Array.from({ length: people }, (_, n) => person(n).forger ?? []).flat()
  const told = ({ kind, to, text }: Sent): string => `told: ${JSON.stringify({ kind, to, text })}`
  return {
    expected: [
      ...messages.map(told),
      ...messages.map(message => `sent: /${message.kind} ${JSON.stringify(message)}`),
      ...forgers.map(forger => `unknown: ${forger}`),
    ],
    found: [
      ...sent.map(told),
      ...acted.map(event => `sent: ${event}`),
      ...unknown.map(forger => `unknown: ${forger}`),
      ...unsent.map(user => `unsent: ${user}`),
    ],
    newKeys,
  }
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

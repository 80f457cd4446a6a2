import { exponential, json, pipeline, string, topic } from 'sluice'
import { sendMail, sendText, type Sent } from './messages.js'

/** Somebody who signed up. */
export interface User {
  readonly name: string
  readonly mail: string
  readonly phone: string
  /** How news may be sent: by mail, by text message, both, or not at all. */
  readonly news: readonly ('mail' | 'sms')[]
}

export const signUps = topic('sign-ups', { key: string, value: json<User>() })
export const verifications = topic('sign-up-verifications', { key: string, value: json<{ readonly link: string }>() })
export const sent = topic('sign-up-messages', { key: string, value: json<Sent>() })
export const unknownUsers = topic('sign-up-unknown', { key: string, value: json<{ readonly link: string }>() })
export const unsent = topic('sign-up-unsent', { key: string, value: json<User>() })

const signup = pipeline('sign-up', { value: json() })
const patience = { timeout: '2s' } as const
const again = { attempts: 12, backoff: exponential('50ms', { max: '10s' }) }

signup
  .stream(signUps)
  .effect('verification-mail', (user, call) => sendMail(user, `Is this you? ${linkOf(call.key)}`, call), patience)
  .retry(again)
  .deadLetter(unsent)
  .to(sent)

const verified = signup
  .stream(verifications)
  .leftJoin(signup.table(signUps, { as: 'users' }), (_, user, id) => user ?? unknown(id))
  .retry({ attempts: 6, backoff: exponential('50ms') }) // a click may overtake its sign-up
  .deadLetter(unknownUsers)
  .shard({ by: (_, id) => id, shards: 8, zones: ['eu-a', 'eu-b'], as: 'by-user' })
  .copy({ welcome: user => user, notification: user => user.filter(({ news }) => news.length > 0) })

const { mail, sms } = verified.notification.split(
  { mail: user => user.news.includes('mail'), sms: user => user.news.includes('sms') },
  { overlap: true },
)

verified.welcome
  .effect('welcome-mail', (user, call) => sendMail(user, `Welcome, ${user.name}!`, call), patience)
  .merge(
    mail.effect('news-mail', (user, call) => sendMail(user, 'News will come to this address.', call), patience),
    sms.effect('news-sms', (user, call) => sendText(user, 'News will come to this phone.', call), patience),
  )
  .retry(again)
  .deadLetter(unsent)
  .to(sent)

const linkOf = (id: string): string => `https://example.com/verify/${id}`

function unknown(id: string): never {
  throw new Error(`nobody signed up as ${id}`)
}

export default signup

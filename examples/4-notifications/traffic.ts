import { generator } from '../shared/random.js'
import type { Message, Preferences } from './messages.js'

const users = 40
const start = Date.UTC(2026, 0, 5, 8)

/** What is written, in order: the wishes of all users, then messages to them. The same every time. */
export type Event =
  | { readonly topic: 'preferences'; readonly key: string; readonly value: Preferences; readonly timestamp: number }
  | {
      readonly topic: 'alerts' | 'newsletters'
      readonly key: string
      readonly value: Message
      readonly timestamp: number
    }

/** The event number `n`, from 0. One message in four is an alert; its sender is its key. */
export function event(n: number): Event {
  const timestamp = start + 1_000 * n
  if (n < users) return { topic: 'preferences', key: `user-${n}`, value: wishes(n), timestamp }
  const random = generator(n)
  const kind = random() < 0.25 ? 'alert' : 'newsletter'
  const user = `user-${Math.floor(random() * users)}`
  const sender = `sender-${Math.floor(random() * 5)}`
  const value: Message = { id: `message-${n - users}`, user, kind, text: `${kind} ${n - users} by ${sender}` }
  return { topic: `${kind}s`, key: sender, value, timestamp }
}

/** Two users in three want newsletters, one in two has a phone; one of each ten has an address or a number that is none. */
function wishes(user: number): Preferences {
  const mail = user % 10 === 3 ? `user-${user}@nowhere` : `user-${user}@example.org`
  const phone = user % 10 === 4 ? 'unknown' : `+1555${String(user).padStart(7, '0')}`
  return { optIn: user % 3 > 0, mail, ...(user % 2 === 0 ? { phone } : {}) }
}

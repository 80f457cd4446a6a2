import { generator } from '../shared/random.js'
import type { User } from './pipeline.js'

/** Who the person number `n` is, from 0, and whether they follow the link in their mail. */
export interface Person {
  readonly id: string
  readonly user: User
  readonly verifies: boolean
  /** Somebody who follows a link that was sent to nobody. */
  readonly forger: string | undefined
}

export function person(n: number): Person {
  const random = generator(n)
  const name = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan'][Math.floor(random() * 5)]!
  const news = (['mail', 'sms'] as const).filter(() => random() < 0.6)
  const user = { name, mail: `user-${n}@example.com`, phone: `+49 30 ${1000 + n}`, news }
  return { id: `user-${n}`, user, verifies: random() < 0.8, forger: n % 10 === 7 ? `nobody-${n}` : undefined }
}

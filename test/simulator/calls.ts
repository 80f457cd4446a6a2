import { json, string, topic, type Pipeline } from '../../dsl/index.js'
import { readRecords } from '../../src/log/record-reader.js'
import type { Log } from '../../src/log/log.js'
import { turns } from './chaos.js'

export interface Vote {
  readonly for: string
}

const votesAs = (name: string) => topic(name, { key: string, value: json<Vote>() })
export const votes = votesAs('votes')
const called = votesAs('called')
const mailed = votesAs('mailed')
const worked = votesAs('worked')
export const outputs = [called, mailed, worked] as const

/** What happens outside of the log, and outlives every process. */
export class Outside {
  /** The idempotency keys of each vote's mail. */
  readonly mails = new Map<string, Set<string>>()
  #attempts = 0

  /** Fails now and then. */
  attempt(): void {
    if (++this.#attempts % 7 === 3) throw new Error('not now')
  }

  mail(key: string, idempotencyKey: string): void {
    this.mails.set(key, (this.mails.get(key) ?? new Set()).add(idempotencyKey))
  }
}

/** Calls, effects and parked records, each of which passes its vote on. */
export function calling(p: Pipeline, outside: Outside): void {
  const stream = p.stream(votes)
  const again = { attempts: 1_000, backoff: '1s' } as const
  stream
    .mapAsync(
      async (vote, key) => {
        await turns(key.length + (key.charCodeAt(1) % 5))
        outside.attempt()
        return vote
      },
      { concurrency: 4, hedge: { after: '2s' } },
    )
    .retry({ ...again, as: 'called-again' })
    .to(called)
  stream
    .effect('mail', async (vote, { key, idempotencyKey }) => {
      outside.mail(key, idempotencyKey)
      await turns(key.charCodeAt(1) % 7)
      outside.attempt()
      return vote
    })
    .retry({ ...again, as: 'mailed-again' })
    .to(mailed)
  stream
    .peek(() => outside.attempt())
    .retry({ ...again, as: 'parked' })
    .to(worked)
}

/** How often each vote came out of the calls, of the effects and of the parked records. */
export async function comings(log: Log): Promise<Record<string, number>[]> {
  return Promise.all(
    outputs.map(async output => {
      const found: Record<string, number> = {}
      for await (const { key } of readRecords(log, output)) found[key!] = (found[key!] ?? 0) + 1
      return found
    }),
  )
}

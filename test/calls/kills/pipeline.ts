import { json, pipeline, string, topic, type Pipeline, type Topic } from 'sluice'

/** Records are numbered in the order in which they were written. */
export interface Job {
  readonly n: number
}

export interface Gathered {
  readonly complete: boolean
  readonly parts: { readonly called?: Job; readonly delayed?: Job }
}

/** What is done outside, or fails. */
export interface Outside {
  readonly call: (n: number) => Promise<void>
  readonly send: (n: number, idempotencyKey: string) => Promise<void>
  /** @throws now and then */
  readonly work: (n: number) => void
}

const jobs = (name: string): Topic<string, Job> => topic(name, { key: string, value: json<Job>() })

/** What the topics of an application are called, and what lies in them. */
export const topicsOf = (app: string) =>
  ({
    jobs: jobs(`${app}-jobs`),
    /** The same numbers, each under a key of its own. */
    singles: jobs(`${app}-singles`),
    called: jobs(`${app}-called`),
    dead: jobs(`${app}-dead`),
    sent: jobs(`${app}-sent`),
    worked: jobs(`${app}-worked`),
    delayed: jobs(`${app}-delayed`),
    gathered: topic(`${app}-gathered`, { key: string, value: json<Gathered>() }),
  }) as const

/** One in so many calls fails whatever happens. */
export const isPoison = (n: number): boolean => n % 53 === 7

// Attempts are counted through crashes, and each process fails on some records anew: there have to be more than kills.

/** Everything in which records wait: calls, effects, parked keys, delays, and a barrier behind some of them. */
export function waiting(app: string, { call, send, work }: Outside): Pipeline {
  const topics = topicsOf(app)
  const p = pipeline(app, { value: json() })
  const all = p.stream(topics.jobs)
  const calling = async (job: Job): Promise<Job> => {
    await call(job.n)
    return job
  }
  all
    .mapAsync(
      async job => {
        if (isPoison(job.n)) throw new Error('poison')
        return calling(job)
      },
      { as: 'calls' },
    )
    .retry({ attempts: 60, backoff: '5ms', as: 'called-again' })
    .deadLetter(topics.dead)
    .to(topics.called)
  all
    .effect('send', async (job, { idempotencyKey }) => {
      await send(job.n, idempotencyKey)
      return job
    })
    .retry({ attempts: 1_000, backoff: '5ms', as: 'sent-again' })
    .to(topics.sent)
  all
    .peek(({ n }) => work(n))
    .retry({ attempts: 1_000, backoff: '20ms', as: 'parked' })
    .to(topics.worked)
  all.delay('150ms', { as: 'delays' }).to(topics.delayed)
  p.stream(topics.singles)
    .copy({
      called: single =>
        single.mapAsync(calling, { as: 'single-calls' }).retry({ attempts: 60, backoff: 5, as: 'singles' }),
      delayed: single => single.delay('50ms', { as: 'single-delays' }),
    })
    .merge.all({ timeout: '1h', remember: '1h', as: 'parts' })
    .to(topics.gathered)
  return p
}

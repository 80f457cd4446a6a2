import { json, long, pipeline, string, topic, type Pipeline } from 'sluice'

export interface Job {
  readonly tenant: string
  readonly n: number
}

export const jobs = topic('jobs', { key: string, value: json<Job>() })
export const done = topic('done', { key: string, value: json<Job>() })
export const counts = topic('counts', { key: string, value: long })

/** Tenants by turns; what comes out, and how many there are of each. */
export function fair(): Pipeline {
  const app = pipeline('fair-kills')
  const taken = app.stream(jobs, { fairBy: ({ tenant }) => tenant, lookAhead: 100 })
  taken.to(done)
  taken.groupByKey().count({ as: 'by-tenant' }).toStream({ tombstones: false }).to(counts)
  return app
}

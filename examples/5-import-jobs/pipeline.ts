import { exponential, json, long, pipeline, store, string, topic } from 'sluice'
import { BadFile, work, type Job } from './work.js'
import { tell, type Finished } from './webhook.js'

/** An import: how many files it consists of. */
export interface Plan {
  readonly files: number
}

export const jobs = topic('import-jobs', { key: string, value: json<Job>() }) // by file
export const plans = topic('import-plans', { key: string, value: json<Plan>() })
export const told = topic('import-webhooks', { key: string, value: json<Finished>() })
export const failed = topic('import-jobs-failed', { key: string, value: json<Job>() })
export const untold = topic('import-webhooks-failed', { key: string, value: long })
export const completed = store('completed-files', { key: string, value: long })

const runs = pipeline('import-runs', { value: json() })

runs
  .stream(jobs)
  .mapAsync(work, { concurrency: 8, timeout: '10s' }) // the jobs of a file one after the other, files side by side
  .retry({ attempts: 5, backoff: exponential('50ms'), on: error => !(error instanceof BadFile) })
  .deadLetter(failed)
  .filter(job => job.kind === 'import')
  .groupBy(job => job.importId)
  .count({ as: completed })
  .join(runs.table(plans, { as: 'plans' }), (done, { files }) => ({ done, files }))
  .toStream({ tombstones: false })
  .filter(({ done, files }) => done === files)
  .effect('webhook', ({ files }, call) => tell({ importId: call.key, files }, call), { timeout: '2s' })
  .retry({ attempts: 12, backoff: exponential('50ms', { max: '10s' }) })
  .deadLetter(untold)
  .to(told)

export default runs

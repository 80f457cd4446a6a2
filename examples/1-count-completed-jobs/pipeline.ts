import { avro, json, long, pipeline, store, string, topic } from 'sluice'
import { importSchema, jobSchema } from './schemas.js'

const tracker = pipeline('import-tracker')

export const jobs = topic('jobs', { key: string, value: avro(jobSchema) })
export const imports = topic('imports', { key: string, value: avro(importSchema) })
export const finished = topic('finished-imports', { key: string, value: json<{ done: number; total: number }>() })
export const completed = store('completed-jobs', { key: string, value: long })

tracker
  .stream(jobs)
  .filter(job => job.status === 'completed')
  .groupBy(job => job.importId)
  .count({ as: completed })
  .join(tracker.table(imports), (done, imp) => ({ done, total: imp.total }))
  .toStream({ tombstones: false })
  .filter(p => p.done === p.total)
  .to(finished)

export default tracker

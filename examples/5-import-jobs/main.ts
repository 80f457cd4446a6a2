import { runExample } from '../shared/run.js'
import { Service } from '../shared/service.js'
import { deliver, importOf } from './imports.js'
import runs, { failed, jobs, plans, told, untold } from './pipeline.js'
import { printResults, results } from './results.js'

// Without somebody to tell, somebody on this machine listens.
const receiver =
  process.env['WEBHOOK_URL'] === undefined ? await Service.start({ answer: () => ({ status: 204 }) }) : undefined
if (receiver !== undefined) process.env['WEBHOOK_URL'] = `${receiver.url}/finished`

await runExample({
  name: '5-import-jobs',
  pipeline: runs,
  topics: { [jobs.name]: 4, [plans.name]: 4, [told.name]: 4, [failed.name]: 1, [untold.name]: 1 },
  events: 20,
  output: told.name,
  deadLetters: failed.name,
  input: {
    writer: 'import-jobs-input',
    topics: [jobs.name, plans.name],
    write(writer, n) {
      const each = importOf(n)
      deliver(each)
      writer.write(plans, { key: each.id, value: { files: each.files.length } })
      for (const kind of ['parse', 'import'] as const) {
        for (const key of each.files) writer.write(jobs, { key, value: { kind, importId: each.id } })
      }
    },
  },
  async show({ log, options }) {
    printResults(await results(log), options.events)
    return 0
  },
})
await receiver?.close()

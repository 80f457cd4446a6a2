import { createInterface } from 'node:readline'
import { kafka } from 'sluice'
import { counting } from './fixtures/counting.js'
import type { JobConfig, JobLine } from './job-lines.js'

// A process that counts in threads. Each line of standard input is a command; each line of output is one of JSON.

const { app: name, brokers, stateDir, threads, standbys = 0, deadAfter } = JSON.parse(process.argv[2]!) as JobConfig
const say = (line: JobLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const app = await counting(name).start({
  log: kafka({
    brokers,
    sessionTimeout: deadAfter ?? 45_000,
    heartbeatInterval: 300,
    ...(deadAfter !== undefined && { transactionTimeout: deadAfter }),
  }),
  stateDir,
  threads,
  standbys,
  commitInterval: 10,
  onRestore({ done, total }) {
    if (done === total) say({ event: 'restored', changes: total })
  },
})
app.state$.subscribe(({ state, tasks, standbys: copies, commits }) => {
  say({ event: 'status', state, tasks, standbys: copies, commits })
})
for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'drain') await app.drained().then(() => say({ event: 'drained' }))
}
await app.close()

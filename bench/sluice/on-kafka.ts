import { kafka } from 'sluice'
import { readLaunch, told } from './launch.js'
import pipeline from './pipeline.js'

const launch = readLaunch()
const app = await pipeline.start({
  log: kafka({ brokers: [...launch.brokers] }),
  guarantee: 'exactly-once',
  commitInterval: launch.commitIntervalMs,
  cacheBytes: launch.cacheBytes,
  stateDir: launch.directory,
  threads: launch.threads,
})
await Promise.race([told(), app.closed])
await app.close()
process.exit(0)

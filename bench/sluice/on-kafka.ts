import { kafka } from 'sluice'
import { build, readLaunch, told } from './launch.js'

const launch = readLaunch()
const app = await build(launch).start({
  log: kafka({ brokers: [...launch.brokers] }),
  guarantee: 'exactly-once',
  commitInterval: launch.commitIntervalMs,
  cacheBytes: launch.cacheBytes,
  stateDir: launch.directory,
})
await Promise.race([told(), app.closed])
await app.close()
process.exit(0)

import { embedded } from 'sluice'
import { build, readLaunch, told } from './launch.js'

const launch = readLaunch()
const log = await embedded(launch.directory).open()
const pipeline = await build(launch)
const app = await pipeline.start({
  log,
  guarantee: 'exactly-once',
  commitInterval: launch.commitIntervalMs,
  cacheBytes: launch.cacheBytes,
})
let drained = false
void app.drained().then(() => (drained = true))

// Nobody else can open the directory, so this process tells its committed positions itself, as often as the harness asks
// Kafka for those of the others.
const partitions = launch.inputs.flatMap(topic =>
  Array.from({ length: launch.partitions }, (_, partition) => ({ topic, partition })),
)
// Every 25 ms, less often for hundreds of partitions: what it costs to look is no cost of theirs.
const pace = 25 * Math.max(1, Math.ceil(partitions.length / 16))
const timer = setInterval(async () => {
  const positions = await log.committed(launch.application, partitions)
  const committed = [...positions.values()].reduce((sum, { offset }) => sum + offset, 0)
  console.log(
    JSON.stringify({ event: 'committed', committed, drained, at: performance.timeOrigin + performance.now() }),
  )
}, pace)

await Promise.race([told(), app.closed])
clearInterval(timer)
await app.close()
await log.close()
process.exit(0)

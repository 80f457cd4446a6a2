import { Level } from 'level'
import { Counts, messagesOf, putsOf } from './counts.js'
import { loop, readJob } from './loop.js'

// What most would write. A death between the transaction and LevelDB's batch loses what the batch counted.

const job = readJob()
const level = new Level(job.directory)
const counts = new Counts(level)

await level.open()
await loop(
  job,
  async (batch, write) => {
    const changed = await counts.add(batch)
    await write([{ topic: job.output, messages: messagesOf(changed) }])
    await level.batch(putsOf(changed))
  },
  { close: () => level.close() },
)

import { embedded } from '../../../src/log/embedded/embedded.js'
import { partitionId } from '../../../src/record.js'
import { batch, transactional } from '../helpers.js'

/** Commits numbers, each to two topics, a position and the state at once, and prints those that are committed, until killed. */
const dir = process.argv[2]!
const log = await embedded(dir).open()
if ((await log.topics.list()).length === 0) {
  await log.topics.create([
    { name: 'one', partitions: 1 },
    { name: 'two', partitions: 2 },
  ])
}
const producer = await transactional(log, 'p')
const at = [{ topic: 'one', partition: 0 }]
let next = (await log.committed('g', at)).get(partitionId('one', 0))?.offset ?? 0
for (;;) {
  const state = log.state!.batch()
  state.put('numbers', Buffer.from('newest'), Buffer.from(String(next)))
  state.put('numbers', Buffer.from(String(next)), Buffer.alloc(0))
  producer.append('one', 0, batch(String(next)))
  producer.append('two', next % 2, batch({ value: String(next).padEnd(2_000, '.') }))
  await producer.commit({ group: 'g', positions: [{ ...at[0]!, offset: next + 1, metadata: '' }], state })
  process.stdout.write(`${next}\n`)
  next++
}

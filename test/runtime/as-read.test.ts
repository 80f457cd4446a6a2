import { expect, test, onTestFinished } from 'vitest'
import { json, pipeline, string, topic, type Stream } from '../../dsl/index.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

interface Job {
  id: string
  n: number
}

const written = '{ "id" : "a",\n"n":1.0, "more": 12345678901234567890 }'
const jobs = topic('jobs', { key: string, value: json<Job>() })
const otherJson = { ...json<Job>() }

/** The value's bytes behind a repartition, where nothing looks at them. */
async function behind(repartitioned: (stream: Stream<string, Job>) => Stream<string, Job>): Promise<string | null> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([jobs.name, 'out'].map(name => ({ name, partitions: 1 })))
  await produce(log, jobs.name, 0, { key: 'k', value: written })
  const p = pipeline('as-read')
  repartitioned(p.stream(jobs)).to(topic('out', { key: string, value: repartitionedValue }))
  await using app = await p.start({ log, stateDir: await temporaryDirectory() })
  await app.drained()
  const [value, ...more] = await valuesOf(log, 'out', 0)
  expect(more).toEqual([])
  return value!
}

/** The serde of the repartition and of the output. */
let repartitionedValue = json<Job>()

test('a value that was looked at and not changed goes through a repartition as the bytes it came as', async () => {
  const value = await behind(stream =>
    stream
      .filter(job => job.n > 0)
      .selectKey(job => job.id)
      .repartition(),
  )
  expect(value).toBe(written)
})

test('what may have changed in place is written anew', async () => {
  const changed = '{"id":"a","n":2,"more":12345678901234567000}'
  const peeked = await behind(stream => stream.peek(job => void (job.n = 2)).repartition())
  expect(peeked).toBe(changed)
  const mapped = await behind(stream =>
    stream.map(job => Object.assign(job, { n: 2 })).repartition({ value: json<Job>() }),
  )
  expect(mapped).toBe(changed)
  const merged = await behind(stream =>
    stream
      .filter(job => job.n > 1)
      .merge(stream.map(job => Object.assign(job, { n: 2 })))
      .repartition({ value: json<Job>() }),
  )
  expect(merged).toBe(changed)
})

test('so is what goes on in the bytes of another serde', async () => {
  repartitionedValue = otherJson
  onTestFinished(() => void (repartitionedValue = json<Job>()))
  const value = await behind(stream => stream.filter(job => job.n > 0).repartition({ value: otherJson }))
  expect(value).toBe('{"id":"a","n":1,"more":12345678901234567000}')
})

test('a table keeps the bytes of its topic', async () => {
  let writes = 0
  const plain = json<Job>()
  const serializeInto: typeof plain.serializeInto = (...args) => {
    writes++
    return plain.serializeInto!(...args)
  }
  const rows = topic('rows', { key: string, value: { ...plain, serializeInto } })
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([rows.name, jobs.name, 'out'].map(name => ({ name, partitions: 1 })))
  await produce(log, rows.name, 0, { key: 'k', value: written })
  const p = pipeline('as-read')
  p.stream(jobs)
    .join(p.table(rows, { as: 'rows' }), (job, { n }) => ({ ...job, n }))
    .to(topic('out', { key: string, value: json<Job>() }))
  await using app = await p.start({ log, stateDir: await temporaryDirectory() })
  await app.drained()
  await produce(log, jobs.name, 0, { key: 'k', value: '{"id":"b","n":7}' })
  await app.drained()
  expect(await valuesOf(log, 'out', 0)).toEqual(['{"id":"b","n":1}'])
  expect(writes).toBe(0)
  expect(await app.query('rows').get('k')).toEqual(plain.deserialize(Buffer.from(written)))
})

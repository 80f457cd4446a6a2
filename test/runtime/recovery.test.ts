import { expect, onTestFinished, test } from 'vitest'
import { json, pipeline, string, topic } from '../../dsl/index.js'
import { SluiceError } from '../../src/errors.js'
import type { LocalLog } from '../../src/log/local/local-log.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { outOfRange } from '../../src/log/out-of-range.js'
import type { Running } from '../../src/runtime/options.js'
import { through } from '../faults/die.js'
import { batch, valuesOf } from '../log/helpers.js'

const input = topic('in', { key: string, value: string })
const output = topic('out', { key: string, value: string })

/** A log whose one member can be told from outside that it is out. */
async function freshLog(): Promise<{ log: LocalLog; watched: Log; expire: () => void }> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([input, output].map(({ name }) => ({ name, partitions: 1 })))
  let memberId = ''
  const watched = through<Log>(log, {
    member: options => {
      const member = log.member(options)
      return through(member, {
        async join() {
          const assignment = await member.join()
          memberId = assignment.claim.memberId
          return assignment
        },
      })
    },
  })
  return { log, watched, expire: () => log.expire(memberId) }
}

/** Copies records, and commits an hour later, unless it has nothing else to do. */
async function copying(log: Log, look: (value: string) => void = () => {}): Promise<Running> {
  const p = pipeline('copying', { value: json() })
  p.stream(input, { keyless: true }).peek(look).to(output)
  const app = await p.start({ log, onError: () => {}, commitInterval: '1h' })
  onTestFinished(() => app.close().catch(() => {}))
  return app
}

async function write(log: Log, ...values: string[]): Promise<void> {
  const producer = log.producer({})
  await producer.init()
  producer.append('in', 0, batch(...values))
  await producer.flush()
  await producer.close()
}

test('what was written before the membership was lost is in no later transaction', async () => {
  const { log, watched, expire } = await freshLog()
  let expired = false
  const app = await copying(watched, value => {
    if (expired || !value.startsWith('200-')) return
    expired = true
    expire()
    // For longer than the tasks may work at a stretch: the loss is noticed in the middle, with no commit before.
    const until = performance.now() + 30
    while (performance.now() < until);
  })
  await write(log, 'first')
  await app.drained()
  // Full batches go to the producer at once: by the 200th record it has some.
  const values = Array.from({ length: 450 }, (_, i) => `${i}-${'x'.repeat(2_000)}`)
  await write(log, ...values)
  await app.drained()
  expect(expired).toBe(true)
  expect(await valuesOf(log, 'out', 0)).toEqual(['first', ...values])
})

test('what fails when the membership is lost is for the next owner to meet', async () => {
  const { log, watched, expire } = await freshLog()
  let failures = 0
  const app = await copying(watched, value => {
    if (value !== 'b' || failures++ > 0) return
    expire()
    throw new Error('it took too long')
  })
  await write(log, 'a', 'b')
  await app.drained()
  expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b'])
  expect([failures, app.status.counters]).toEqual([2, { 'recovered{FENCED}': 1 }])
})

test('a lost membership is counted once, also where it is heard of before the commit that is refused for it', async () => {
  const { log, watched, expire } = await freshLog()
  let outcome: unknown
  let armed = false
  const losing = through<Log>(watched, {
    producer: options => {
      const producer = log.producer(options)
      return through(producer, {
        async commit(commit) {
          if (!armed) return producer.commit(commit)
          armed = false
          expire()
          // The worker hears of its loss, and lets go of everything, before it hears of the commit.
          await new Promise(resolve => setTimeout(resolve, 20))
          return producer.commit(commit).catch((error: unknown) => {
            outcome = error
            throw error
          })
        },
      })
    },
  })
  const app = await copying(losing)
  await write(log, 'a')
  await app.drained()
  armed = true
  await write(log, 'b')
  await app.drained()
  expect(outcome).toMatchObject({ code: 'FENCED' })
  expect(app.status.counters).toEqual({ 'recovered{FENCED}': 1 })
  expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b'])
})

test('a broker that fails while tasks are opened is passed over once it answers again', async () => {
  const { log, watched, expire } = await freshLog()
  let failures = 0
  const failing = through<Log>(watched, {
    async startOffsets(partitions) {
      if (failures-- > 0) throw new SluiceError('BROKER', 'no answer')
      return log.startOffsets(partitions)
    },
    async committed(group, partitions) {
      if (failures-- > 0) throw new SluiceError('BROKER', 'no answer')
      return log.committed(group, partitions)
    },
  })
  const app = await copying(failing)
  await write(log, 'a')
  await app.drained()
  failures = 2
  expire()
  await write(log, 'b')
  // Without `drained`, whose own questions the log would not answer either.
  while ((await log.endOffsets([{ topic: 'out', partition: 0 }])).get('out-0') !== 2) {
    expect(app.status.state).not.toBe('error')
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(app.status.counters).toMatchObject({ 'recovered{BROKER}': expect.any(Number) })
  expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'b'])
})

/** An owner that has committed one record, and is told that what follows is gone when there is more. */
async function findingLess(): Promise<{ log: LocalLog; app: Running }> {
  const { log, watched } = await freshLog()
  let gone = false
  const less = through<Log>(watched, {
    reader: options => {
      const reader = log.reader(options)
      return through(reader, {
        poll() {
          if (!gone) return reader.poll()
          gone = false
          throw outOfRange('it is gone', { topic: 'in', partition: 0, offset: 1 })
        },
      })
    },
  })
  const app = await copying(less)
  await write(log, 'a')
  await app.drained()
  gone = true
  return { log, app }
}

test('an owner that was replaced while it slept goes on, though what it would read next is gone', async () => {
  const { log, app } = await findingLess()
  // The next owner commits; what it has worked on is deleted, as from the topic of a repartition.
  const next = log.producer({})
  await next.init()
  await next.commit({ group: 'copying', positions: [{ topic: 'in', partition: 0, offset: 3, metadata: '' }] })
  await next.close()
  await write(log, 'b', 'c', 'd')
  await app.drained()
  expect(await valuesOf(log, 'out', 0)).toEqual(['a', 'd'])
  expect(app.status.counters).toEqual({ 'recovered{OFFSET_OUT_OF_RANGE}': 1 })
})

test('records that are gone before anybody has worked on them end the pipeline', async () => {
  const { log, app } = await findingLess()
  await write(log, 'b', 'c', 'd')
  await expect(app.drained()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
})

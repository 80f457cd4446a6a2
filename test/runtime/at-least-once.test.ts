import { expect, test } from 'vitest'
import { pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import type { Log, Producer } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { through } from '../faults/die.js'
import { writeRecords } from '../write-records.js'

const asked = topic('asked', { key: string, value: string })
const answered = topic('answered', { key: string, value: string })

/** The log as a process sees it that dies while it produces: what it wrote to `answered` did not get there, the rest did. */
function dying(log: Log, dies: () => boolean): Log {
  return through<Log>(log, {
    producer(options) {
      const producer = log.producer(options)
      let lost = false
      return through<Producer>(producer, {
        append(name, partition, builder, onFree) {
          if (dies() && name === answered.name) lost = true
          else producer.append(name, partition, builder, onFree)
        },
        async flush() {
          await producer.flush()
          if (lost) throw new Error('the process died')
        },
      })
    },
  })
}

const steps: Record<string, (app: Pipeline, answer: Promise<void>) => void> = {
  dedupe: app => app.stream(asked).dedupe({ within: '1h' }).to(answered),
  mapAsync: (app, answer) =>
    app
      .stream(asked)
      .mapAsync(async value => {
        await answer
        return value
      })
      .to(answered),
}

test.each(Object.keys(steps))('at least once: state never knows of what was not written, behind %s', async name => {
  const log = memoryLog()
  await log.topics.create([asked, answered].map(({ name: of }) => ({ name: of, partitions: 1 })))
  await writeRecords(log, [asked.name], writer => writer.write(asked, { key: 'k', value: 'one' }))

  const start = (on: Log, answer: Promise<void>) => {
    const app = pipeline('questions')
    steps[name]!(app, answer)
    return app.start({ log: on, guarantee: 'at-least-once', onError: () => {} })
  }
  let answer = (): void => {}
  const first = await start(
    dying(log, () => true),
    new Promise(resolve => (answer = resolve)),
  )
  // The call is under way, and the position behind its record: what is left of it lies in the state alone.
  if (name === 'mapAsync') await expect.poll(() => first.status.commits).toBeGreaterThan(0)
  answer()
  await expect(first.closed).rejects.toThrow('the process died')

  const second = await start(log, Promise.resolve())
  await second.drained()
  await second.close()
  const values: (string | null)[] = []
  for await (const { value } of readRecords(log, answered)) values.push(value)
  expect(values).toEqual(['one'])
  await log.close()
})

test('at least once: an owner that was replaced leaves the changes alone that the next one keeps', async () => {
  const log = memoryLog()
  await log.topics.create([{ name: asked.name, partitions: 1 }])
  let memberId = ''
  let [expires, replaced, wrote] = [false, false, 0]
  const watched = through<Log>(log, {
    member: options => {
      const member = log.member(options)
      return through(member, {
        async join() {
          const assignment = await member.join()
          memberId = assignment.claim.memberId
          replaced = false
          return assignment
        },
      })
    },
    producer: options => {
      const producer = log.producer(options)
      return through<Producer>(producer, {
        append(name, ...more) {
          if (replaced && name.endsWith('-changelog')) wrote++
          producer.append(name, ...more)
        },
        // It sleeps in the middle of a commit.
        async flush() {
          await producer.flush()
          if (!expires) return
          expires = false
          replaced = true
          log.expire(memberId)
        },
      })
    },
  })
  const app = pipeline('questions')
  app.stream(asked).groupByKey().count({ as: 'number' })
  const running = await app.start({ log: watched, guarantee: 'at-least-once', onError: () => {} })
  await running.drained()
  expires = true
  await writeRecords(log, [asked.name], writer => void writer.write(asked, { key: 'k', value: 'one' }))
  await expect.poll(() => running.status.counters).toEqual({ 'recovered{FENCED}': 1 })
  await running.drained()
  expect(wrote).toBe(0)
  expect(await running.query('number').get('k')).toBe(1)
  await running.close()
  await log.close()
})

import { expect, it } from 'vitest'
import type { Change } from '../../../src/log/local/storage.js'
import { topicSettings } from '../../../src/log/local/topic-settings.js'
import { localTopic } from '../../../src/log/local/topic.js'
import { WriteQueue } from '../../../src/log/local/write-queue.js'
import { memoryLog } from '../../../src/log/memory/memory-log.js'

it('goes on after a write that changes nothing', async () => {
  const queue = new WriteQueue(() => undefined)
  const done: number[] = []
  for (const i of [1, 2, 3]) await queue.submit({ prepare() {}, applied: () => void done.push(i) })
  expect(done).toEqual([1, 2, 3])
})

it('goes on after a write that was refused', async () => {
  const queue = new WriteQueue(() => undefined)
  const refuse = (): never => {
    throw new Error('refused')
  }
  await expect(queue.submit({ prepare: refuse })).rejects.toThrow('refused')
  await queue.submit({ prepare() {} })
  await queue.settled()
})

it('takes what waits into the next write together, and checks it only then', async () => {
  const changes: number[] = []
  let finish = (): void => {}
  const queue = new WriteQueue(change => {
    changes.push(change.positions.length)
    return new Promise(resolve => (finish = resolve))
  })
  let fenced = false
  const write = {
    prepare(change: Change) {
      if (fenced) throw new Error('fenced')
      change.positions.push({ group: 'g', at: { topic: 't', partition: 0, offset: 0, metadata: '' } })
    },
  }
  const first = queue.submit(write)
  const others = [queue.submit(write), queue.submit(write)]
  finish()
  await first
  fenced = true
  const late = queue.submit(write).catch(String)
  finish()
  await Promise.all(others)
  expect(await late).toBe('Error: fenced')
  expect(changes).toEqual([1, 2])
})

it('refuses everything after the disk did, until it is opened again', async () => {
  const queue = new WriteQueue(() => Promise.reject(new Error('ENOSPC')))
  const topic = localTopic(
    { name: 't', id: 'x', partitions: 1, replicationFactor: 1, config: {}, internal: false },
    0,
    topicSettings({ name: 't', partitions: 1 }),
  )
  const write = { prepare: (change: Change) => void change.created.push(topic) }
  await expect(queue.submit(write)).rejects.toMatchObject({ code: 'STATE_WRITE' })
  await expect(queue.submit(write)).rejects.toMatchObject({ code: 'STATE_WRITE' })
  await queue.settled()
  await queue.close()
})

it('deletes records of a topic that goes in the same write', async () => {
  const log = memoryLog()
  await log.topics.create([{ name: 't', partitions: 1 }])
  const done = Promise.all([
    log.topics.create([{ name: 'other', partitions: 1 }]),
    log.topics.delete(['t']),
    log.topics.deleteRecords([{ topic: 't', partition: 0, offset: 0 }]),
  ])
  await done
  expect(await log.topics.list()).toEqual(['other'])
})

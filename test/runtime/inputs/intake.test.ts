import { expect, it } from 'vitest'
import type { Fetched, Log, Reader } from '../../../src/log/log.js'
import { Intake } from '../../../src/runtime/inputs/intake.js'
import type { OpenTask } from '../../../src/runtime/open-task.js'
import type { Settings } from '../../../src/runtime/options.js'

/** A log whose readers write down what is asked of them, and hand out what they are given. */
function readers(): { readonly log: Log; readonly said: string[]; readonly fetched: Fetched[][] } {
  const said: string[] = []
  const fetched: Fetched[][] = []
  const log = {
    reader(): Reader {
      const number = fetched.push([]) - 1
      const say = (what: string) => void said.push(`${number}: ${what}`)
      return {
        seek: (topic, partition, offset) => say(`seek ${topic}-${partition} ${offset}`),
        drop: (topic, partition) => say(`drop ${topic}-${partition}`),
        poll: () => fetched[number]!.splice(0),
        hold: (topic, partition, held) => say(`${held ? 'hold' : 'go on with'} ${topic}-${partition}`),
        close: async () => say('close'),
      }
    },
  } satisfies Partial<Log> as unknown as Log
  return { log, said, fetched }
}

/** A task that reads a partition of each topic, with the level of each. */
function taskOf(levels: Readonly<Record<string, number>>) {
  const queues = Object.entries(levels).map(([topic, level]) => {
    return { topic, partition: 0, position: 7, level, bytes: 0, held: false }
  })
  const added: string[] = []
  const task = { queues, add: ({ topic }: Fetched) => void added.push(topic) }
  return { open: { task } as unknown as OpenTask, queues, added }
}

const settings = { maxPartitionBytes: 1_000, maxInputBytes: 1 << 20 } as Settings
const fetchedOf = (topic: string): Fetched => ({ topic, partition: 0, batches: [], next: 8, end: 8 })

it('what goes before others has a reader of its own, and is handed over first', async () => {
  const { log, said, fetched } = readers()
  const intake = new Intake(log, settings, [0, 1, 2], () => {})
  const { open, added } = taskOf({ bulk: 0, soon: 1, now: 2 })
  intake.seek(open.task)
  expect(said.splice(0)).toEqual(['0: seek bulk-0 7', '1: seek soon-0 7', '1: seek now-0 7'])
  expect(intake.deliver([open])).toBe(false)
  fetched[0]!.push(fetchedOf('bulk'))
  fetched[1]!.push(fetchedOf('now'))
  expect(intake.deliver([open])).toBe(true)
  expect(added).toEqual(['now', 'bulk'])
  intake.drop(open.task)
  await intake.close()
  expect(said).toEqual(['0: drop bulk-0', '1: drop soon-0', '1: drop now-0', '1: close', '0: close'])
})

it('where none does, one reader is enough; a partition with too much in memory is held until half of it is gone', () => {
  const { log, said, fetched } = readers()
  const intake = new Intake(log, settings, [3], () => {})
  const { open, queues } = taskOf({ jobs: 3 })
  expect(fetched).toHaveLength(1)
  for (const bytes of [1_000, 1_001, 501, 500]) {
    queues[0]!.bytes = bytes
    intake.hold([open], false)
  }
  expect(said.splice(0)).toEqual(['0: hold jobs-0', '0: go on with jobs-0'])
  intake.hold([open], true)
  intake.hold([open], true)
  expect(said).toEqual(['0: hold jobs-0'])
})

it('many partitions share what may be in memory', () => {
  const { log, said } = readers()
  const intake = new Intake(log, { maxPartitionBytes: 1 << 20, maxInputBytes: 1 << 20 } as Settings, [3], () => {})
  const { open, queues } = taskOf(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`jobs-${i}`, 3])))
  intake.seek(open.task)
  said.splice(0)
  const share = (1 << 20) / 8
  queues[0]!.bytes = share
  queues[1]!.bytes = share + 1
  intake.hold([open], false)
  expect(said.splice(0)).toEqual(['0: hold jobs-1-0'])
  intake.drop({ queues: queues.slice(4) } as unknown as OpenTask['task'])
  said.splice(0)
  queues[1]!.bytes = share
  queues[2]!.bytes = share * 2 + 1
  intake.hold([open], false)
  expect(said).toEqual(['0: go on with jobs-1-0', '0: hold jobs-2-0'])
})

import { expect, onTestFinished, test } from 'vitest'
import { pipeline, store, string, topic } from '../../dsl/index.js'
import { SluiceError, type ErrorCode } from '../../src/errors.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import type { Running } from '../../src/runtime/options.js'
import { through } from '../faults/die.js'
import { produce } from '../log/helpers.js'

const input = topic('in', { key: string, value: string })
const last = store('last', { key: string, value: string })

interface Gate {
  readonly reached: Promise<void>
  /** Waits, from the first time on. */
  pass(): Promise<void>
  open(): void
}

function gate(): Gate {
  let [reach, open] = [(): void => {}, (): void => {}]
  const reached = new Promise<void>(resolve => (reach = resolve))
  const opened = new Promise<void>(resolve => (open = resolve))
  return { reached, pass: () => (reach(), opened), open }
}

async function entries(app: Running): Promise<[string, string][]> {
  const all: [string, string][] = []
  for await (const entry of app.query(last).all()) all.push(entry)
  return all
}

/** A pipeline whose first commit takes place and fails behind that, by `code`; what its worker does then waits at the gate. */
async function failing(code: ErrorCode): Promise<{ app: Running; after: Gate; asked: Promise<void> }> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([{ name: 'in', partitions: 1 }])
  const after = gate()
  const asked = gate()
  let failed = false
  const watched = through<Log>(log, {
    async committed(group, partitions) {
      const positions = await log.committed(group, partitions)
      if (failed) setImmediate(() => void asked.pass())
      return positions
    },
    member(options) {
      const member = log.member(options)
      return through(member, { join: async () => (failed && (await after.pass()), member.join()) })
    },
    producer(options) {
      const producer = log.producer(options)
      return through(producer, {
        async commit(commit) {
          await producer.commit(commit)
          if (failed || commit.positions.every(({ offset }) => offset === 0)) return
          failed = true
          throw new SluiceError(code, 'it was')
        },
        close: async () => (failed && (await after.pass()), producer.close()),
      })
    },
  })
  const p = pipeline('keeping')
  p.table(input, { as: last })
  const app = await p.start({ log: watched, onError: () => {} })
  onTestFinished(() => app.close().catch(() => {}))
  await produce(log, 'in', 0, { key: 'a', value: '1' }, { key: 'b', value: '2' })
  await after.reached
  return { app, after, asked: asked.reached }
}

test('drained() waits for the end of a pipeline that could not take in what the log has committed', async () => {
  const { app, after, asked } = await failing('STATE_WRITE')
  const drained = app.drained().catch((error: unknown) => error)
  await asked
  after.open()
  expect(await drained).toMatchObject({ code: 'STATE_WRITE' })
})

test('while tasks go back to what is committed a store is not empty but asked for in vain', async () => {
  const { app, after, asked } = await failing('COMMIT_UNKNOWN')
  await expect(entries(app)).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  const drained = app.drained()
  await asked
  after.open()
  await drained
  expect(await entries(app)).toEqual([
    ['a', '1'],
    ['b', '2'],
  ])
})

import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { embedded, memory, pipeline, string, topic, type Pipeline } from '../../dsl/index.js'
import { kafka } from '../../src/log/kafka/kafka.js'
import type { Log } from '../../src/log/log.js'
import { readMetadata, writeMetadata } from '../../src/runtime/position-metadata.js'
import { reset } from '../../src/runtime/reset.js'
import { describeKafka, uniqueName } from '../kafka/shared.js'
import { produce, valuesOf } from '../log/helpers.js'
import { temporaryDirectory } from '../log/temporary.js'

type Stream = ReturnType<typeof streamOf>

function streamOf(app: Pipeline, name: string) {
  return app.stream(topic(name, { key: string, value: string }))
}

interface Bench {
  readonly application: string
  readonly log: Log
  /** Starts a version of the application, which closes when `until` has resolved. */
  run(version: Version, until?: (log: Log) => Promise<void>): Promise<void>
  told(): Promise<readonly (string | null)[]>
  /** `sluice reset` of that version. */
  begunAnew(version: Version): Promise<void>
}

/** What becomes of the records of `in` and of `other`; without the second, that is not read. */
interface Version {
  readonly main: (stream: Stream) => Stream
  readonly other?: (stream: Stream) => Stream
}

function contract(open: () => Promise<Log>): void {
  const bench = async (): Promise<Bench> => {
    const application = uniqueName('app')
    const [input, other, out] = [uniqueName('in'), uniqueName('other'), uniqueName('out')]
    const log = await open()
    onTestFinished(() => log.close())
    await log.topics.create([input, other, out].map(name => ({ name, partitions: 1 })))
    await produce(log, input, 0, { key: 'a', value: 'one' }, { key: 'b', value: 'two' })
    await produce(log, other, 0, { key: 'c', value: 'three' })
    const stateDir = await temporaryDirectory()
    const built = (version: Version): Pipeline => {
      const p = pipeline(application)
      const sink = topic(out, { key: string, value: string })
      version.main(streamOf(p, input)).to(sink)
      version.other?.(streamOf(p, other)).to(sink)
      return p
    }
    return {
      application,
      log,
      async run(version, until) {
        const app = await built(version).start({ log, stateDir, commitInterval: 1 })
        try {
          await (until === undefined ? app.drained() : until(log))
        } finally {
          await app.close()
        }
      },
      told: () => valuesOf(log, out, 0),
      async begunAnew(version) {
        await reset(log, built(version).lower(), stateDir, async () => true)
      },
    }
  }
  const plain = (stream: Stream): Stream => stream
  const never = () => new Promise<string>(() => {})
  const waits: Readonly<Record<string, (stream: Stream) => Stream>> = {
    delay: stream => stream.delay('1d', { as: 'held' }),
    deliverAt: stream => stream.deliverAt(() => Date.now() + 86_400_000, { as: 'held' }),
    mapAsync: stream => stream.mapAsync(never, { as: 'held' }),
    effect: stream => stream.effect('held', never),
    retry: stream =>
      stream
        .map((value): string => {
          throw new Error(value)
        })
        .retry({ attempts: 9, backoff: '1d', as: 'held' }),
  }
  const refused = (records: string) => ({
    code: 'BAD_TOPOLOGY',
    what: `${records} for "held", an operator that the pipeline has no more`,
    hint: expect.stringContaining('sluice reset') as unknown,
  })
  const taken = async (log: Log, { application }: Bench): Promise<void> => {
    const inputs = (await log.topics.list()).filter(name => /^(in|other)-/.test(name))
    await vi.waitFor(async () => {
      const found = await log.committed(
        application,
        inputs.map(name => ({ topic: name, partition: 0 })),
      )
      const done = [...found.values()].reduce((sum, { offset }) => sum + offset, 0)
      if (done < 2) throw new Error('not yet')
    }, 20_000)
  }

  test.each(Object.keys(waits))('a start without the %s in which records wait is refused', async kind => {
    const b = await bench()
    await b.run({ main: waits[kind]! }, log => taken(log, b))
    await expect(b.run({ main: plain })).rejects.toMatchObject(refused('2 records wait'))
    await expect(b.run({ main: stream => stream.delay(1, { as: 'renamed' }) })).rejects.toMatchObject(
      refused('2 records wait'),
    )
    expect(await b.told()).toEqual([])
    await b.begunAnew({ main: plain })
    await b.run({ main: plain })
    expect(await b.told()).toEqual(['one', 'two'])
    await b.run({ main: plain })
  })

  test('an operator that is back under its name tells them, and may go then', async () => {
    const b = await bench()
    await b.run({ main: waits['mapAsync']! }, log => taken(log, b))
    await b.run({ main: stream => stream.mapAsync(async value => `now ${value}`, { as: 'held' }) })
    expect(await b.told()).toEqual(['now one', 'now two'])
    await b.run({ main: plain })
    await b.run({ main: plain })
    expect(await b.told()).toEqual(['now one', 'now two'])
  })

  test('nor may it go with the topic that it read', async () => {
    const b = await bench()
    const both = { main: plain, other: (stream: Stream) => stream.delay('1d', { as: 'held' }) }
    await b.run(both)
    await expect(b.run({ main: plain })).rejects.toMatchObject(refused('1 record waits'))
    await b.run({ main: stream => stream.delay('1d', { as: 'held' }) })
    await b.begunAnew({ main: plain })
    await b.run({ main: plain })
  })
}

describe('records that wait for an operator that is gone, on the embedded log', () =>
  contract(async () => embedded(await temporaryDirectory()).open()))

describe('records that wait for an operator that is gone, on the memory log', () => contract(() => memory().open()))

describeKafka('records that wait for an operator that is gone', shared =>
  contract(() => kafka({ brokers: shared.brokers, heartbeatInterval: 100 }).open()),
)

test('names that do not fit a position are left out, and nothing else', () => {
  const waiting = Array.from({ length: 99 }, (_, i) => `${'x'.repeat(100)}${i}`)
  const position = { streamTime: 7, pending: 3, latest: 5, ahead: '1,2', waiting, kept: waiting }
  const text = writeMetadata(position)
  expect(text.length).toBeLessThanOrEqual(4096)
  const read = readMetadata(text)
  expect(read).toEqual({ ...position, waiting: waiting.slice(0, read.waiting.length), kept: [] })
  expect(read.waiting.length).toBeGreaterThan(30)
})

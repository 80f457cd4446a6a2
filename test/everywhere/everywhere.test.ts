import { join } from 'node:path'
import { embedded, kafka, memory, type Log } from 'sluice'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { generator } from '../../examples/shared/random.js'
import { faultSeed, full } from '../faults/moments.js'
import { describeKafka } from '../kafka/shared.js'
import { makeDirectory, removeDirectory, temporaryDirectory } from '../log/temporary.js'
import { closing, inputs, type Input } from './input.js'
import type { Kind } from './fixtures/pipeline.js'
import { outcome, type Outcome, type Run } from './run.js'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const count = full ? 3_000 : 450
/** `npm test` has each pipeline on Kafka once. */
const inThreads = 'windows'
const kinds = { windows: [], joins: ['v'], tables: ['l', 'r'] } as const satisfies Record<Kind, string[]>
const seed = faultSeed()

/** Each of these has to come about, or the input says nothing about it. */
const labels: Record<Kind, readonly string[]> = {
  windows: [
    '~tumbling',
    'tumbling, final',
    'in memory, final',
    'suppressed',
    'late',
    'hopping, final',
    'sliding, final',
    'session, final',
    '~session',
    '~unlimited',
    'suppressed for a time',
    '~cogroup',
    'cogroup by windows',
  ],
  joins: [
    'inner',
    'left',
    'outer',
    'self',
    'two in a row',
    'with a table',
    'left, with a table',
    'with a versioned table, held',
    'with a global table',
  ],
  tables: [
    '~inner',
    '~left',
    '~outer',
    '~foreign key',
    '~left, foreign key',
    '~filter',
    '~regrouped',
    '~subtracted',
    'dedupe',
    'process',
    '~timer',
  ],
}

function opened(log: Log): Log {
  onTestFinished(() => log.close())
  return log
}

describe.each(Object.keys(kinds) as Kind[])('%s give the same', kind => {
  const parts: Input[][] = []
  let wanted: Outcome

  async function run(more: Pick<Run, 'app' | 'log' | 'between'> & Partial<Run>): Promise<Outcome> {
    const dir = await makeDirectory()
    return outcome({ kind, parts, stateDir: join(dir, 'state'), ...more }).finally(() => removeDirectory(dir))
  }

  beforeAll(async () => {
    const random = generator(seed)
    const all = inputs(random, count, kinds[kind])
    const cut = Math.floor(count * (0.3 + 0.4 * random()))
    const end = closing(count * 3 + 10_000)
    parts.push(all.slice(0, cut), [...all.slice(cut), ...end])
    const log = await memory().open()
    wanted = await run({ app: 'all-at-once', log, between: 'nothing' })
    await log.close()
  })

  test('with something to compare from every operator', () => {
    expect(new Set([...wanted.keys()].map(id => id.slice(0, id.indexOf(':'))))).toEqual(new Set(labels[kind]))
  })

  test('on the memory log, restored from changelogs', async () => {
    const log = opened(await memory().open())
    expect(await run({ app: 'memory', log, between: 'loss' })).toEqual(wanted)
  })

  test('on the embedded log, started again', async () => {
    const log = opened(await embedded(await temporaryDirectory()).open())
    expect(await run({ app: 'embedded', log, between: 'restart' })).toEqual(wanted)
  })

  describeKafka('on Kafka', shared => {
    test.runIf(full || kind !== inThreads)('restored from changelogs', async () => {
      const log = opened(await kafka({ brokers: shared.brokers }).open())
      expect(await run({ app: shared.name(kind), log, between: 'loss' })).toEqual(wanted)
    })

    test.runIf(full || kind === inThreads)('in two threads, restored from changelogs', async () => {
      const config = kafka({ brokers: shared.brokers })
      const log = opened(await config.open())
      expect(await run({ app: shared.name(kind), log, config, threads: 2, between: 'loss' })).toEqual(wanted)
    })
  })
})

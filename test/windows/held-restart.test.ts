import { expect, it, onTestFinished } from 'vitest'
import { session, sliding, tumbling, type Pipeline, type Stream } from '../../dsl/index.js'
import type { Log } from '../../src/log/log.js'
import { memoryLog } from '../../src/log/memory/memory-log.js'
import { readRecords } from '../../src/log/record-reader.js'
import { input, late, made } from './helpers.js'
import { writeRecords } from '../write-records.js'

async function logWith(records: readonly (readonly [key: string, time: number])[]): Promise<Log> {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.topics.create([input, late].map(({ name }) => ({ name, partitions: 1 })))
  await writeRecords(log, [input.name], writer => {
    for (const [key, timestamp] of records) writer.write(input, { key, value: key, timestamp })
  })
  return log
}

/** What came to the topic `late`, as `key value`. */
async function told(log: Log): Promise<string[]> {
  const found: string[] = []
  for await (const { key, value } of readRecords(log, late)) found.push(`${key} ${value}`)
  return found
}

type Answer = (key: string) => Promise<void>
const never = () => new Promise<void>(() => {})

/** Calls, and what follows them. */
function calling(answer: Answer, follow: (called: Stream<string, string, 'keyed'>) => void): Pipeline {
  return made(p =>
    follow(
      p.stream(input).mapAsync(async (value, key) => {
        await answer(key)
        return value
      }),
    ),
  )
}

/** Runs until every record is called and what can be is committed, or until all is done; then closes. */
async function run(log: Log, p: (answer: Answer) => Pipeline, answer: Answer, called: number | 'drained') {
  let calls = 0
  const counted: Answer = key => {
    calls++
    return answer(key)
  }
  const app = await p(counted).start({ log, commitInterval: 1 })
  if (called === 'drained') await app.drained()
  else await expect.poll(() => calls).toBe(called)
  await app.close()
}

it('a result that comes first behind a restart does not make those late that are pending from before', async () => {
  const log = await logWith([
    ['a', 1_000],
    ['b', 50_000],
  ])
  const p = (answer: Answer) =>
    calling(answer, called => {
      called.groupByKey().windowedBy(tumbling('10s')).late().to(late)
    })
  await run(log, p, never, 2)
  // That of b is there before the task has its first turn.
  const later: Answer = key => (key === 'a' ? new Promise(resolve => setTimeout(resolve, 20)) : Promise.resolve())
  await run(log, p, later, 'drained')
  expect(await told(log)).toEqual([])
})

const counted = (stream: Stream<{ key: string; start: number }, unknown>) =>
  stream.mapRecord(({ key, value }) => ({ key: `${key.key}@${key.start}`, value: String(value) })).to(late)

it.each<[string, (called: Stream<string, string, 'keyed'>) => void, readonly string[]]>([
  ['tumbling', s => counted(s.groupByKey().windowedBy(tumbling('10s')).count({ emit: 'final' }).toStream()), ['a@0 1']],
  ['sliding', s => counted(s.groupByKey().windowedBy(sliding('10s')).count({ emit: 'final' }).toStream()), ['a@0 1']],
  [
    'sessions',
    s => counted(s.groupByKey().windowedBy(session('10s')).count({ emit: 'final' }).toStream()),
    ['a@1000 1'],
  ],
  [
    'suppress',
    s => counted(s.groupByKey().windowedBy(tumbling('10s')).count().suppress({ until: 'window-closes' }).toStream()),
    ['a@0 1'],
  ],
  [
    'a left join',
    s =>
      s
        .leftJoin(
          s.filter(() => false),
          (value, other) => `${value} ${other}`,
          { within: '10s' },
        )
        .to(late),
    ['a a null'],
  ],
])(
  'what a pending record holds back comes when it is done, though a restart lies between: %s',
  async (_, follow, wanted) => {
    const log = await logWith([
      ['a', 1_000],
      ['b', 50_000],
    ])
    const p = (answer: Answer) => calling(answer, follow)
    const app = await p(key => (key === 'a' ? never() : Promise.resolve())).start({ log, commitInterval: 1 })
    // What b led to is committed, and a is the one that is left.
    await expect.poll(() => app.status.state).toBe('running')
    await expect.poll(() => app.status.commits).toBeGreaterThan(1)
    await app.close()
    expect(await told(log)).toEqual([])
    await run(log, p, () => Promise.resolve(), 'drained')
    expect(await told(log)).toEqual(wanted)
  },
)

it('a window that suppress holds back is told once, with what still lay in the cache when the last call came back', async () => {
  const log = await logWith([
    ['a', 1_000],
    ['a', 2_000],
    ['b', 50_000],
  ])
  let calls = 0
  let answered = () => {}
  const app = await calling(
    () => (++calls === 3 ? new Promise(resolve => (answered = resolve)) : Promise.resolve()),
    called => {
      called.filter((_, key) => key === 'b').to(late)
      counted(called.groupByKey().windowedBy(tumbling('10s')).count().suppress({ until: 'window-closes' }).toStream())
    },
  ).start({ log, commitInterval: 1 })
  await expect.poll(() => told(log)).toEqual(['b b'])
  answered()
  await app.drained()
  expect(await told(log)).toEqual(['b b', 'a@0 2'])
  await app.close()
})

it('drained() waits for the windows that close when the last parked record is done', async () => {
  const log = await logWith([
    ['a', 1_000],
    ['b', 50_000],
  ])
  let fails = 3
  const app = await made(p => {
    counted(
      p
        .stream(input)
        .map(value => {
          if (value === 'a' && fails-- > 0) throw new Error('not yet')
          return value
        })
        .retry({ attempts: 5, backoff: 10 })
        .groupByKey()
        .windowedBy(tumbling('10s'))
        .count({ emit: 'final' })
        .toStream(),
    )
  }).start({ log, commitInterval: 1 })
  await app.drained()
  expect(await told(log)).toEqual(['a@0 1'])
  await app.close()
})

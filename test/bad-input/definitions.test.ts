import { describe, it } from 'vitest'
import {
  exponential,
  from,
  hopping,
  json,
  long,
  pipeline,
  session,
  sliding,
  store,
  string,
  topic,
  tumbling,
  unlimited,
  windowStore,
  type Pipeline,
  type Stream,
} from '../../dsl/index.js'
import { expectRefused, type Refused } from './refusal.js'

const input = topic('input', { key: string, value: string })
const other = topic('other', { key: string, value: string })
const output = topic('output', { key: string, value: json() })
const seen = store('seen', { key: string, value: long })

/** A line of this file: that of the user's chain. */
const here = /definitions\.test\.ts:\d+:\d+/

/** What is given in place of a text or a number. */
const big = 5n as never
const unwritable: readonly (readonly [what: string, code: string, write: Refused[3]])[] = [
  ['the name of a topic', 'BAD_ARGUMENT', () => topic(big, { key: string, value: string })],
  ['a duration', 'BAD_DURATION', p => p.stream(input).delay(big)],
  ['a size of windows', 'BAD_DURATION', () => tumbling(big)],
  ['a rate', 'BAD_ARGUMENT', p => p.stream(input, { rate: big })],
  ['a priority', 'BAD_ARGUMENT', p => p.stream(input, { priority: big })],
  ['a fairBy', 'BAD_ARGUMENT', p => p.stream(input, { fairBy: big })],
  ['a lookAhead', 'BAD_ARGUMENT', p => p.stream(input, { fairBy: value => value, lookAhead: big })],
  ['an onError', 'BAD_ARGUMENT', () => pipeline('app', { onError: big })],
  ['a module', 'BAD_ARGUMENT', () => pipeline('app', { module: big })],
  ['a cron line', 'BAD_ARGUMENT', p => p.every(big)],
  ['a zone', 'BAD_ARGUMENT', p => p.every('* * * * *', { zone: big })],
]

const grouped = (p: Pipeline) => p.stream(input).groupByKey()

describe('what cannot be is refused at its definition or at start, with the line of the chain and what to do', () => {
  it.each<Refused>([
    ['a window of no length', 'BAD_ARGUMENT', /tumbling\(\): a size of 0/, () => tumbling(0)],
    ['a window of negative length', 'BAD_DURATION', /tumbling\(\): size -5/, () => tumbling(-5)],
    ['a window of negative text', 'BAD_DURATION', /size/, () => tumbling('-5s')],
    ['a window of no number', 'BAD_DURATION', /size/, () => tumbling(Number.NaN)],
    ['a step of 0', 'BAD_ARGUMENT', /hopping\(\): a step of 0/, () => hopping('1m', 0)],
    ['a negative step', 'BAD_DURATION', /hopping\(\): step/, () => hopping('1m', -1)],
    ['a step above the size', 'BAD_ARGUMENT', /leaves gaps/, () => hopping('1m', '2m')],
    ['a negative difference', 'BAD_DURATION', /sliding\(\): difference/, () => sliding(-1)],
    ['a session gap of 0', 'BAD_ARGUMENT', /session\(\): a gap of 0/, () => session(0)],
    ['a negative session gap', 'BAD_DURATION', /session\(\): gap/, () => session(-1)],
    ['a topic without serdes', 'BAD_ARGUMENT', /topic\("t", \{ key \}\) is not a serde/, () => topic('t', {} as never)],
    ...unwritable.map(
      ([what, code, write]) => [`${what} that JSON cannot write`, code, /\b5n\b/, write] satisfies Refused,
    ),
    [
      'a topic without a name',
      'BAD_ARGUMENT',
      /topic "" is not a name/,
      () => topic('', { key: string, value: string }),
    ],
    ['a dead-letter topic that is null', 'BAD_ARGUMENT', /dead-letter/, p => p.stream(input).deadLetter(null as never)],
    ['a topic named twice', 'BAD_ARGUMENT', /names topic "input" twice/, p => p.stream([input, other, input])],
    [
      'an output named twice',
      'BAD_ARGUMENT',
      /process\(\{ outputs \}\) names "a" twice/,
      p => p.stream(input).process<string, string, 'a' | 'b'>(() => () => {}, { outputs: ['a', 'b', 'a'] }),
    ],
    [
      'a table joined with a stream',
      'BAD_ARGUMENT',
      /join\(\) of a table needs another table/,
      p => p.table(input).join(p.stream(other) as never, () => 1),
    ],
    [
      'a table joined with a global table',
      'BAD_ARGUMENT',
      /leftJoin\(\) of a table needs another table/,
      p => p.table(input).leftJoin(p.globalTable(other) as never, () => 1, { on: () => 'k' }),
    ],
    ['a merged table', 'BAD_ARGUMENT', /merge\(\) needs streams/, p => p.stream(input).merge(p.table(other) as never)],
    [
      'a cogroup with a stream that is not grouped',
      'BAD_ARGUMENT',
      /cogroup\(\) needs a grouped stream/,
      p =>
        grouped(p)
          .cogroup((n: number) => n)
          .cogroup(p.stream(other) as never, n => n),
    ],
    [
      'a join with a topic',
      'BAD_ARGUMENT',
      /join\(\) needs a stream or a table/,
      p => p.stream(input).join(other as never, () => 1, { within: 5 }),
    ],
    ['a suppress of nothing', 'BAD_DURATION', /until/, p => p.table(input).suppress(undefined as never)],
    ['copies that are null', 'BAD_ARGUMENT', /copy\(null\)/, p => p.stream(input).copy(null as never)],
    ['a copy that is no function', 'BAD_ARGUMENT', /copy\(\{ a \}\)/, p => p.stream(input).copy({ a: 1 } as never)],
    [
      'null as the name of a store',
      'BAD_ARGUMENT',
      /store null is not a name/,
      p =>
        p
          .stream(input)
          .groupByKey()
          .count({ as: null as never }),
    ],
    [
      'null as the name of a table',
      'BAD_ARGUMENT',
      /store null is not a name/,
      p => p.table(input, { as: null as never }),
    ],
    [
      'null as the name of a global table',
      'BAD_ARGUMENT',
      /store null is not a name/,
      p => p.globalTable(input, { as: null as never }),
    ],
    ['a race of no number', 'BAD_ARGUMENT', /copy\(\{ race \}\)/, p => p.stream(input).copy({ race: '2' } as never)],
    [
      'each branch without a function',
      'BAD_ARGUMENT',
      /each\(\)/,
      p =>
        p
          .stream(input)
          .copy(2)
          .each(undefined as never),
    ],
    ['a backoff of no duration', 'BAD_DURATION', /exponential\(\)/, () => exponential('x' as never)],
    ['a jitter above 1', 'BAD_ARGUMENT', /jitter: 2/, () => exponential('1s', { jitter: 2 })],
    ['a peek at nothing', 'BAD_ARGUMENT', /peek\(\)/, p => p.stream(input).peek(undefined as never)],
    [
      'a partitioner that is no function',
      'BAD_ARGUMENT',
      /to\(\{ partitioner \}\)/,
      p => p.stream(input).to(output as never, { partitioner: 5 as never }),
    ],
    ['values of nothing', 'BAD_ARGUMENT', /from\(\)/, () => from(undefined as never)],
    ['values of a table', 'BAD_ARGUMENT', /from\(\)/, p => from(p.table(input) as never)],
    [
      'a beginning that is no duration',
      'BAD_DURATION',
      /stream\(\{ from \}\)/,
      p => p.stream(input, { from: 'yesterday' as never }),
    ],
    ['a dedupe of negative length', 'BAD_DURATION', /within/, p => p.stream(input).dedupe({ within: -1 })],
    ['a window store of no size', 'BAD_ARGUMENT', /windowStore/, noSize],
    ['a negative grace', 'BAD_DURATION', /tumbling\(\): grace/, () => tumbling('1m', { grace: -1 })],
    [
      'a grace that the retention does not hold',
      'BAD_ARGUMENT',
      /retention of 1800000 ms.*3660000 ms/,
      p =>
        grouped(p)
          .windowedBy(tumbling('1m', { grace: '1h' }))
          .count({ retention: '30m' }),
    ],
    [
      'a grace of a join that is longer than the table’s history',
      'BAD_ARGUMENT',
      /60000 ms are more than the table's history of 1000 ms/,
      p => p.stream(input).join(p.table(other, { history: '1s' }), a => a, { grace: '1m' }),
    ],
    [
      'a grace of a join with a table that has no history',
      'BAD_ARGUMENT',
      /needs a versioned table/,
      p => p.stream(input).join(p.table(other), a => a, { grace: '1m' }),
    ],
    [
      'a negative grace of a join',
      'BAD_DURATION',
      /grace/,
      p => p.stream(input).join(p.stream(other), a => a, { within: '1m', grace: -1 }),
    ],
    [
      'a join window that ends before it begins',
      'BAD_ARGUMENT',
      /there is no time/,
      p => p.stream(input).join(p.stream(other), a => a, { before: -10, after: 5 }),
    ],
    [
      'final results of windows without an end',
      'BAD_ARGUMENT',
      /never closes/,
      p => grouped(p).windowedBy(unlimited()).count({ emit: 'final' }),
    ],
    [
      'waiting for windows to close where there are none',
      'BAD_TOPOLOGY',
      /without windows/,
      p =>
        grouped(p)
          .count()
          .suppress({ until: 'window-closes' as never }),
    ],
    [
      'a name of two stores',
      'BAD_TOPOLOGY',
      /two stores would have the name "same".*definitions\.test\.ts.*definitions\.test\.ts/s,
      p => [grouped(p).count({ as: 'same' }), p.table(other, { as: 'same' })],
    ],
    [
      'a name of two internal topics',
      'BAD_TOPOLOGY',
      /name "same".*definitions\.test\.ts.*definitions\.test\.ts/s,
      p => [regrouped(p.stream(input), 'one'), regrouped(p.stream(other), 'two')],
    ],
    [
      'a name that a store of processors has',
      'BAD_TOPOLOGY',
      /"seen"/,
      p => [
        p.addStore(seen),
        p.stream(input).process(() => () => {}, { stores: [seen] }),
        grouped(p).count({ as: 'seen' }),
      ],
    ],
    [
      'a store added twice',
      'BAD_TOPOLOGY',
      /"seen"/,
      p => [p.addStore(seen), p.addStore(store('seen', { key: string, value: long }))],
    ],
    ['a name that Kafka would not take', 'BAD_ARGUMENT', /"a name"/, p => grouped(p).count({ as: 'a name' })],
    [
      'a store that nobody added',
      'BAD_TOPOLOGY',
      /"seen"/,
      p => p.stream(input).process(() => () => {}, { stores: [seen] }),
    ],
    [
      'one topic read at two times',
      'BAD_TOPOLOGY',
      /read twice, with different timestamp/,
      p => [p.stream(input, { timestamp: () => 1 }), p.stream(input, { timestamp: () => 2 })],
    ],
    [
      'a timestamp extractor that is no function',
      'BAD_ARGUMENT',
      /stream\(\{ timestamp \}\)/,
      p => p.stream(input, { timestamp: 'created' as never }).to(output),
    ],
    [
      'a timestamp extractor that answers a promise',
      'BAD_ARGUMENT',
      /stream\(\{ timestamp \}\) cannot be of the kind AsyncFunction.*answer the time at once/s,
      p => p.stream(input, { timestamp: (async () => 1) as never }).to(output),
    ],
    [
      'a timestamp extractor that is a generator',
      'BAD_ARGUMENT',
      /of the kind GeneratorFunction/,
      p =>
        p
          .stream(input, {
            timestamp: function* () {
              yield 1
            } as never,
          })
          .to(output),
    ],
    [
      'times that ascend by a direction',
      'BAD_ARGUMENT',
      /stream\(\{ ascending \}\) is true or false, not string/,
      p => p.stream(input, { ascending: 'yes' as never }).to(output),
    ],
    [
      'one topic that ascends and does not',
      'BAD_TOPOLOGY',
      /read twice, with different ascending/,
      p => [p.stream(input, { ascending: true }), p.stream(input)],
    ],
    [
      'a table of a topic whose times ascend',
      'BAD_TOPOLOGY',
      /read twice, with different ascending/,
      p => [p.stream(input, { ascending: true }), p.table(input)],
    ],
    ['a chain that ends in nothing', 'BAD_TOPOLOGY', /ends in nothing/, p => p.stream(input).map(value => value)],
  ])('%s', (...refused) => expectRefused(refused, here))
})

function noSize(): unknown {
  return windowStore('minutes', { key: string, value: long, size: 0, retention: '1h' })
}

function regrouped(stream: Stream<string, string>, as: string): unknown {
  return stream.groupBy(value => value, { as: 'same' }).count({ as })
}
